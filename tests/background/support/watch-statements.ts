import { Connection } from 'mysql2';

/** What one statement, as programs send it, has cost at worst. */
export interface SeenStatement {
  /** With blanks made one, and values as they were. */
  sql: string;
  /** Rows or index entries that the server has read for it. */
  reads: number;
  /** Tables that the plan reads from end to end, or by a whole index, with the rows that it expects there. */
  scans: { table: string; type: string; rows: number }[];
}

type Done = (error: Error | null, rows: unknown) => void;
type Query = (this: unknown, sql: unknown, values?: unknown, done?: unknown) => unknown;

const explainable = /^\s*\(*\s*(SELECT|UPDATE|DELETE|INSERT)\b/i;
const readsNoTable = /^\s*SELECT (?![\s\S]*\bFROM\b)/i;
const reads = 'Handler_read_';

/**
 * Stands between this process and its databases: each statement is explained right before it runs, on its own connection
 * and in its own transaction, and what the server reads for it is counted.
 */
export class StatementWatch {
  /** By its shape. */
  readonly seen = new Map<string, SeenStatement>();
  readonly #prototype = Connection.prototype as unknown as { query: Query };
  readonly #query = this.#prototype.query;

  constructor() {
    const run = this.#run.bind(this);
    this.#prototype.query = function (sql, values, done) {
      return run(this, sql, values, done);
    };
  }

  stop(): void {
    this.#prototype.query = this.#query;
  }

  /** Statements of one connection are run in the order in which they are given to it. */
  #run(connection: unknown, sql: unknown, values: unknown, done: unknown): unknown {
    const text = typeof sql === 'string' ? sql : (sql as { sql: string }).sql;
    const run = () => this.#query.call(connection, sql, values, done);
    if (!explainable.test(text) || readsNoTable.test(text)) return run();
    const given = typeof values === 'function' ? [] : values;
    const ask = (question: string, then: Done) =>
      this.#query.call(connection, { sql: question, values: given, rowsAsArray: false }, then);
    const statement: SeenStatement = { sql: text.replaceAll(/\s+/g, ' ').trim(), reads: 0, scans: [] };
    let before = 0;
    ask(`EXPLAIN ${text}`, (error, plan) => {
      if (!error) statement.scans = scansOf(plan as PlanRow[]);
    });
    ask(`SHOW SESSION STATUS LIKE '${reads}%'`, (error, rows) => {
      if (!error) before = sum(rows);
    });
    const result = run();
    ask(`SHOW SESSION STATUS LIKE '${reads}%'`, (error, rows) => {
      if (!error) statement.reads = sum(rows) - before;
      this.#note(statement);
    });
    return result;
  }

  #note(statement: SeenStatement): void {
    const shape = shapeOf(statement.sql);
    const known = this.seen.get(shape);
    if (known === undefined || cost(known) < cost(statement)) this.seen.set(shape, statement);
  }
}

interface PlanRow {
  table: string | null;
  type: string | null;
  rows: number | string | null;
}

/** What is inserted has no rows in a plan. */
function scansOf(plan: readonly PlanRow[]): SeenStatement['scans'] {
  return plan.flatMap(({ table, type, rows }) =>
    table && rows !== null && (type === 'ALL' || type === 'index')
      ? [{ table, type, rows: Number(rows) }]
      : [],
  );
}

/** The same for every value, and for lists of every length. */
function shapeOf(sql: string): string {
  return sql
    .replaceAll(/'(?:[^'\\]|\\.|'')*'|\b\d+\b/g, '?')
    .replaceAll(/\(\?(?:, ?\?)*\)/g, '(?)')
    .replaceAll(/\(\?\)(?:, ?\(\?\))+/g, '(?)');
}

function sum(rows: unknown): number {
  return (rows as { Value: string }[]).reduce((total, { Value }) => total + Number(Value), 0);
}

function cost({ reads, scans }: SeenStatement): number {
  return Math.max(reads, ...scans.map(({ rows }) => rows));
}
