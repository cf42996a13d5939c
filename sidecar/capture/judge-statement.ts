import { judgeAlter } from './judge-alter.js';
import type { MovedTables, NamedTable, StatementEffect } from './statement-effect.js';
import { isWord, readingsOf, type SqlToken } from '../database/tokenize-sql.js';
import { withoutSettings } from './transaction-statement.js';

/**
 * Judges a statement that is in the log as text. One that names a moved table and is not known to be harmless counts as
 * a change of its rows. Where a server could read the statement in several ways, the worst of them counts.
 * @param usedSchema schema that was in use
 * @returns undefined when it does not matter to the moved tables
 */
export function judgeStatement(
  sql: string,
  usedSchema: string,
  moved: MovedTables,
): StatementEffect | undefined {
  const effects = readingsOf(sql).flatMap((tokens) =>
    statementsOf(tokens).map((statement) => judge(statement, usedSchema, moved)),
  );
  return effects.find((effect) => effect?.kind === 'changed') ?? effects.find((effect) => effect);
}

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** Statements whose body may hold further ones, which are not carried out now. */
const stored = ['PROCEDURE', 'FUNCTION', 'TRIGGER', 'EVENT', 'PACKAGE', 'VIEW'];

/** Statements that change neither rows nor tables, whatever they name. */
const harmless = [
  ...['ANALYZE', 'OPTIMIZE', 'CHECK', 'FLUSH', 'GRANT', 'REVOKE', 'LOCK', 'UNLOCK', 'SET', 'USE'],
  ...['SAVEPOINT', 'RELEASE', 'ROLLBACK', 'BEGIN', 'COMMIT', 'START', 'SELECT', 'SHOW', 'KILL', 'XA'],
];

/** Splits at semicolons, but for what is stored to be run later. */
function statementsOf(tokens: readonly SqlToken[]): SqlToken[][] {
  const body = withoutSettings(tokens);
  if (isWord(body[0], 'CREATE') && storedKind(body)) return [[...body]];
  const end = body.findIndex(({ kind, text }) => kind === 'mark' && text === ';');
  if (end === -1) return [[...body]];
  return [body.slice(0, end), ...statementsOf(body.slice(end + 1))];
}

/** What a CREATE, ALTER or DROP is about: the first word that is a kind of object. */
function objectOf(tokens: readonly SqlToken[]): string | undefined {
  const kinds = [
    ...stored,
    'TABLE',
    'TABLES',
    'INDEX',
    'DATABASE',
    'SCHEMA',
    'SEQUENCE',
    'USER',
    'ROLE',
    'SERVER',
  ];
  return tokens.find((token) => isWord(token, ...kinds))?.text.toUpperCase();
}

function storedKind(tokens: readonly SqlToken[]): string | undefined {
  const object = objectOf(tokens);
  return object && stored.includes(object) ? object : undefined;
}

function judge(
  tokens: readonly SqlToken[],
  usedSchema: string,
  moved: MovedTables,
): StatementEffect | undefined {
  const [head] = tokens;
  if (!head) return undefined;
  const object = objectOf(tokens);
  if (isWord(head, 'DROP') && (object === 'DATABASE' || object === 'SCHEMA')) return judgeDrop(tokens, moved);
  const names = namesOf(tokens, usedSchema, moved);
  const [first] = names;
  if (!first || isWord(head, ...harmless) || leavesTables(tokens, object))
    return judgeBehindTriggers(tokens, object, moved);
  if (isWord(head, 'CREATE') && object === 'TABLE') return judgeCreateTable(tokens, names);
  if (isWord(head, 'ALTER') && object === 'TABLE') return judgeAlter(tokens, names, moved);
  const redefines = isWord(head, 'CREATE', 'DROP') && (object === 'INDEX' || object === 'TRIGGER');
  return { kind: redefines ? 'redefined' : 'changed', table: first.table };
}

/**
 * A statement that leaves the tables alone, and may define what a trigger of theirs reaches: another table's trigger, a
 * function, a view, or something that takes its name.
 */
function judgeBehindTriggers(
  tokens: readonly SqlToken[],
  object: string | undefined,
  { behindTriggers, columns }: MovedTables,
): StatementEffect | undefined {
  const [table] = columns.keys();
  const renames = isWord(tokens[0], 'RENAME') || (isWord(tokens[0], 'ALTER') && object === 'TABLE');
  const defines =
    isWord(tokens[0], 'CREATE', 'ALTER') && ['TRIGGER', 'FUNCTION', 'VIEW'].includes(object ?? '');
  if (table === undefined || !(renames || defines)) return undefined;
  // What follows is a body, or a list of arguments or columns.
  const body = tokens.findIndex(
    (token) => (token.kind === 'mark' && token.text === '(') || isWord(token, 'AS', 'BEGIN', 'EACH'),
  );
  const head = renames || body === -1 ? tokens : tokens.slice(0, body);
  const reached = head.some(
    ({ kind, text }) => (kind === 'word' || kind === 'name') && behindTriggers.has(text.toLowerCase()),
  );
  return reached ? { kind: 'redefined', table } : undefined;
}

/** Whether a statement is about what is stored to be run later, or about a table that only its session sees. */
function leavesTables(tokens: readonly SqlToken[], object: string | undefined): boolean {
  if (!isWord(tokens[0], 'CREATE', 'ALTER', 'DROP')) return false;
  if (isWord(tokens[0], 'DROP') && isWord(tokens[1], 'TEMPORARY')) return true;
  const isCreatedTrigger = object === 'TRIGGER' && isWord(tokens[0], 'CREATE');
  return object !== undefined && stored.includes(object) && !isCreatedTrigger;
}

function judgeDrop(
  tokens: readonly SqlToken[],
  { schema, columns }: MovedTables,
): StatementEffect | undefined {
  const [table] = columns.keys();
  const named = tokens.at(-1);
  return table !== undefined && named && same(named.text, schema) ? { kind: 'changed', table } : undefined;
}

function namesOf(tokens: readonly SqlToken[], usedSchema: string, moved: MovedTables): NamedTable[] {
  const tables = [...moved.columns.keys()];
  return tokens.flatMap((token, at) => {
    if (token.kind !== 'word' && token.kind !== 'name') return [];
    const table = tables.find((one) => same(one, token.text) || isGarbled(token.text, one));
    if (table === undefined) return [];
    const qualified = tokens[at - 1]?.text === '.' && at >= 2;
    const schema = qualified ? (tokens[at - 2]?.text ?? '') : usedSchema;
    return same(schema, moved.schema) ? [{ table, at, from: qualified ? at - 2 : at }] : [];
  });
}

/** A name in a character set that the log does not tell: it could be any name that is not plain ASCII. */
function isGarbled(text: string, table: string): boolean {
  return text.includes('\ufffd') && /[^\x20-\x7e]/.test(table);
}

/** A table that takes after a moved one, or refers to it, leaves its rows alone. */
function judgeCreateTable(
  tokens: readonly SqlToken[],
  names: readonly NamedTable[],
): StatementEffect | undefined {
  const at = tokens.findIndex((token) => isWord(token, 'TABLE'));
  const head = tokens.slice(0, at);
  if (head.some((token) => isWord(token, 'TEMPORARY'))) return undefined;
  const exists = isWord(tokens[at + 1], 'IF');
  const created = names.find(({ from }) => from === at + (exists ? 4 : 1));
  // A statement that does nothing where the table is there already is written to the log, too.
  if (!created || (exists && !head.some((token) => isWord(token, 'REPLACE')))) return undefined;
  return { kind: 'changed', table: created.table };
}
