import type {
  ChangeMessage,
  LastTransaction,
  Position,
  RowChange,
  Signal,
} from '#contracts/strangler/change-message.js';
import type { Row, Side } from '#contracts/strangler/move.js';
import { encodeRow } from '#contracts/strangler/row-values.js';
import { CaptureStopped } from './capture-error.js';
import type { ChangedRow } from './read-binlog.js';

export interface AssembledTable {
  table: string;
  key: readonly string[];
  /** The columns that are sent; a change of others is none. */
  columns: readonly string[];
}

/** Turns row images into messages that form a chain. */
export interface MessageAssembler {
  add(table: string, rows: ChangedRow[], gtidBefore: string): void;
  signal(signal: Signal): void;
  savepoint(name: string): void;
  /** Rows since the savepoint are taken back. @throws CaptureStopped when some of them have been sent, or nobody knows where it is */
  rollBackTo(name: string): void;
  commit(gtid: string, last: LastTransaction): void;
  /** The transaction is not to be sent. @throws when a part of it has been sent already */
  drop(): void;
}

export interface AssemblerOptions {
  capability: string;
  from: Side;
  run: string;
  origin: string;
  tables: readonly AssembledTable[];
  /** Where the chain goes on. */
  start: Position;
  /** Most bytes of row images that a message can carry. */
  maxBytes: number;
  /** @param bytes of its row images */
  emit(message: ChangeMessage, bytes: number): void;
}

/** A larger transaction becomes several messages, so that neither side has to hold it in memory as a whole. */
export const splitBytes = 256 * 1024;

/**
 * A message is the whole of what happened between two places, so that a chain without gaps misses nothing:
 * the next message's `previous` is this one's `position`. After a restart inside a large transaction the row
 * changes before `start.offset` are skipped, whatever size the messages were cut to before.
 */
export function assembleMessages(options: AssemblerOptions): MessageAssembler {
  const tables = new Map(options.tables.map((one) => [one.table, one]));
  let place = options.start;
  let toSkip = options.start.offset;
  /** The last transaction that was read to its end. */
  let before = { gtid: options.start.gtid, last: options.start.last ?? null };
  let seen = 0;
  let bytes = 0;
  let changes: RowChange[] = [];
  let signals: Signal[] = [];
  /** Changes of the transaction at hand that have been sent. */
  let sent = 0;
  const savepoints = new Map<string, { seen: number; kept: number; signals: number }>();

  function emit(
    gtid: string,
    offset: number,
    last: boolean,
    committedAt: number,
    lastTransaction: LastTransaction | null,
  ): void {
    const { capability, from, run, origin } = options;
    const { chain, seq } = place;
    const position: Position = { chain, seq: seq + 1, origin, gtid, offset, last: lastTransaction };
    const message: ChangeMessage = {
      capability,
      from,
      run,
      previous: place,
      position,
      last,
      committedAt,
      changes,
      signals,
    };
    const size = bytes;
    place = position;
    bytes = 0;
    changes = [];
    signals = [];
    options.emit(message, size);
  }

  function add(table: string, rows: ChangedRow[], gtidBefore: string): void {
    const sentTable = tables.get(table);
    if (!sentTable) return;
    const { key, columns } = sentTable;
    for (const row of rows) {
      seen += 1;
      if (seen <= toSkip || !changesAny(columns, row)) continue;
      const change = toChange(sentTable, row);
      const size = sizeOf(change);
      if (size > options.maxBytes) throw tooLarge(table, key, row, size, options.maxBytes);
      // The commit is not known yet, so the place is still before the transaction, with an offset into it.
      if (changes.length > 0 && bytes + size > splitBytes) {
        sent += changes.length;
        emit(gtidBefore, seen - 1, false, Date.now(), before.gtid === gtidBefore ? before.last : null);
      }
      changes.push(change);
      bytes += size;
    }
  }

  /** Whether a part of the transaction at hand has been sent, now or before the start. */
  const partlySent = (): boolean => seen > 0 && place.offset > 0;

  function reset(): void {
    // Only the first transaction with rows can have been cut in two by the start.
    if (seen > 0) toSkip = 0;
    seen = 0;
    sent = 0;
    bytes = 0;
    changes = [];
    signals = [];
    savepoints.clear();
  }

  return {
    add,
    signal: (signal) => void signals.push(signal),
    savepoint(name) {
      savepoints.set(name, { seen, kept: sent + changes.length, signals: signals.length });
    },
    rollBackTo(name) {
      const mark = savepoints.get(name);
      if (!mark && seen === 0 && signals.length === 0) return;
      // What is skipped here was sent by an earlier reading.
      if (!mark || toSkip > mark.seen || sent > mark.kept) throw notTakenBack(name);
      changes.length = mark.kept - sent;
      signals.length = mark.signals;
      bytes = changes.reduce((sum, change) => sum + sizeOf(change), 0);
    },
    commit(gtid, last) {
      if (changes.length > 0 || signals.length > 0 || partlySent())
        emit(gtid, 0, true, last.committedAt, last);
      before = { gtid, last };
      reset();
    },
    drop() {
      if (partlySent()) {
        throw new CaptureStopped(
          'unsupported_change',
          'a transaction wrote strangler_applied after rows that had been sent already: only an applier may write it, and first',
        );
      }
      reset();
    },
  };
}

function notTakenBack(savepoint: string): CaptureStopped {
  return new CaptureStopped(
    'unsupported_change',
    `a large transaction was rolled back to its savepoint ${savepoint} after a part of it had been sent: ` +
      'make it smaller, and fill the replica anew (with a new chain)',
  );
}

function tooLarge(
  table: string,
  key: readonly string[],
  row: ChangedRow,
  size: number,
  most: number,
): CaptureStopped {
  const image = row.after ?? row.before ?? {};
  const where = key.map((column) => `${column} = ${String(image[column])}`).join(', ');
  return new CaptureStopped(
    'row_too_large',
    `the row of ${table} where ${where} takes ${size} bytes, a message holds ${most}: ` +
      'raise max_payload of nats-server',
  );
}

function toChange({ table, key, columns }: AssembledTable, row: ChangedRow): RowChange {
  const { before, after } = onlyColumns(columns, row);
  if (before && after) {
    const keyChanged = key.some((column) => !sameValue(before[column], after[column]));
    return {
      table,
      op: 'update',
      ...(keyChanged ? { before: encodeRow(before) } : {}),
      after: encodeRow(after),
    };
  }
  if (after) return { table, op: 'insert', after: encodeRow(after) };
  return { table, op: 'delete', before: encodeRow(before ?? {}) };
}

/** A changed row with some of its columns. */
export function onlyColumns(columns: readonly string[], { before, after }: ChangedRow): ChangedRow {
  const only = (row: Row): Row =>
    Object.fromEntries(columns.filter((name) => name in row).map((name) => [name, row[name] ?? null]));
  return { ...(before ? { before: only(before) } : {}), ...(after ? { after: only(after) } : {}) };
}

/** Whether a row changed in one of these columns: rows that come or go change in all. */
export function changesAny(columns: readonly string[], { before, after }: ChangedRow): boolean {
  if (!before || !after) return true;
  return columns.some((column) => !sameValue(before[column], after[column]));
}

function sameValue(one: Row[string] | undefined, other: Row[string] | undefined): boolean {
  return Buffer.isBuffer(one) && Buffer.isBuffer(other) ? one.equals(other) : Object.is(one, other);
}

function sizeOf(change: RowChange): number {
  return Buffer.byteLength(JSON.stringify(change));
}
