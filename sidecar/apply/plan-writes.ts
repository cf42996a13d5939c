import type {
  ChangeMessage,
  ChunkSignal,
  KeysSignal,
  RowChange,
  TokenSignal,
} from '#contracts/strangler/change-message.js';
import {
  type Move,
  type MoveTable,
  otherSide,
  type Row,
  type Side,
  type TableOnSide,
} from '#contracts/strangler/move.js';
import { decodeRow, encodeValue } from '#contracts/strangler/row-values.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { bucketOfRow } from '../rows/bucket-of-row.js';

/** Rows of one table that are written, or removed, together. */
export interface RowsWrite {
  kind: 'upsert' | 'delete';
  target: TableOnSide;
  rows: Row[];
  /** Buckets of all rows that are meant, also of those that a later change has made needless. */
  buckets: Set<number>;
}

/** Buckets that the source has released. */
export interface TokensWrite {
  kind: 'tokens';
  tokens: TokenSignal[];
}

/** A chunk of a backfill: its key range becomes what the chunk says. */
export interface ChunkWrite {
  kind: 'chunk';
  id: string;
  table: MoveTable;
  chunk: ChunkSignal;
  rows: Row[];
}

/** What the source has under some keys, to be compared with, or taken over. */
export interface KeysWrite {
  kind: 'keys';
  table: MoveTable;
  signal: KeysSignal;
}

/** The source's database has gone back in time. */
export interface WentBackWrite {
  kind: 'went-back';
}

export type Write = RowsWrite | ChunkWrite | TokensWrite | KeysWrite | WentBackWrite;

/** A row that the move could not map. */
export class RowNotMapped extends Error {
  readonly table: string;
  readonly row: Row;

  constructor(table: string, row: Row, cause: unknown) {
    super(`the move could not map a row of ${table}: ${messageOf(cause)}`, { cause });
    this.table = table;
    this.row = row;
  }
}

/**
 * The writes that bring a replica from before the messages to behind them, as one transaction: of several changes to
 * a row only the last is written. The order between tables is not kept, since nothing between is visible.
 * @param replica side that is written
 * @throws RowNotMapped
 */
export function planWrites(move: Move, replica: Side, messages: readonly ChangeMessage[]): Write[] {
  const source = otherSide(replica);
  const tables = new Map(move.tables.map((table) => [table[source].table, table]));
  const plan: Write[] = [];
  let open = new Map<string, OpenWrite>();

  function write(kind: 'upsert' | 'delete', table: MoveTable, row: Row): void {
    const target = table[replica];
    const mapped = kind === 'delete' ? keyOfRow(table, replica, row) : mapRow(table, replica, row);
    const last = open.get(target.table);
    const into = last?.write.kind === kind ? last : begin(kind, target);
    into.byKey.set(keyText(target, mapped), mapped);
    into.write.buckets.add(bucketOfRow(move.capability, target, mapped));
  }

  function begin(kind: 'upsert' | 'delete', target: TableOnSide): OpenWrite {
    const begun: OpenWrite = { write: { kind, target, rows: [], buckets: new Set() }, byKey: new Map() };
    open.set(target.table, begun);
    plan.push(begun.write);
    unfinished.push(begun);
    return begun;
  }

  /** What comes later must not slip in before it. */
  function barrier(write: Exclude<Write, RowsWrite>): void {
    plan.push(write);
    open = new Map();
  }

  const unfinished: OpenWrite[] = [];
  for (const { changes, signals } of messages) {
    for (const change of changes) {
      const table = tables.get(change.table);
      if (!table) continue;
      for (const [kind, row] of effects(change)) write(kind, table, row);
    }
    for (const signal of signals) {
      const table = 'table' in signal ? tables.get(signal.table) : undefined;
      if (!table) continue;
      if (signal.kind === 'keys') barrier({ kind: 'keys', table, signal });
      if (signal.kind !== 'chunk') continue;
      const rows = signal.rows.map((row) => mapRow(table, replica, decodeRow(row)));
      barrier({ kind: 'chunk', id: signal.id, table, chunk: signal, rows });
    }
    const tokens = signals.filter((signal) => signal.kind === 'token');
    if (tokens.length > 0) barrier({ kind: 'tokens', tokens });
    if (signals.some(({ kind }) => kind === 'went-back')) barrier({ kind: 'went-back' });
  }
  for (const { write: begun, byKey } of unfinished) begun.rows = [...byKey.values()];
  return plan;
}

interface OpenWrite {
  write: RowsWrite;
  byKey: Map<string, Row>;
}

function* effects({ op, before, after }: RowChange): Generator<['upsert' | 'delete', Row]> {
  if (before && (op === 'delete' || op === 'update')) yield ['delete', decodeRow(before)];
  if (after) yield ['upsert', decodeRow(after)];
}

/** What tells a removed row: its key and its owning key, which are alike on both sides. */
function keyOfRow(table: MoveTable, replica: Side, row: Row): Row {
  const [source, target] = [table[otherSide(replica)], table[replica]];
  const key = target.key.map((column, at) => [column, row[source.key[at] ?? column] ?? null] as const);
  return { ...Object.fromEntries(key), [target.ownedBy]: row[source.ownedBy] ?? null };
}

function mapRow(table: MoveTable, replica: Side, row: Row): Row {
  try {
    return replica === 'service' ? table.toService(row) : table.toMonolith(row);
  } catch (error) {
    throw new RowNotMapped(table[otherSide(replica)].table, row, error);
  }
}

/** A key as text: equal for equal keys. */
export function keyText({ key }: TableOnSide, row: Row): string {
  return JSON.stringify(key.map((column) => encodeValue(row[column] ?? null)));
}
