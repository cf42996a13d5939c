import type { Side } from './move.js';
import type { WireRow, WireValue } from './row-values.js';

/**
 * A place in the history of one capability's changes on one side.
 * Two places are the same when all fields are equal (`samePosition`); `seq` orders places of one chain.
 */
export interface Position {
  /** The replica's history: begun anew (with a new UUID) when a replica has to be filled from nothing. */
  chain: string;
  /** Grows along a chain from 0: by one with each transaction, or with each part of a large one. */
  seq: number;
  /** Identity of the source database, or null before the first message: GTIDs of another database mean nothing. */
  origin: string | null;
  /** All transactions in this set are before this place (MySQL: executed set, MariaDB: position); null: "from now on". */
  gtid: string | null;
  /** Row changes of the transaction after `gtid` that are before this place, too: above 0 only inside a large transaction. */
  offset: number;
  /** The last transaction in `gtid`, to tell it from another one that gets its GTID later; null where it is not known. */
  last?: LastTransaction | null | undefined;
}

/** A transaction of the source's log, told by more than its GTID. */
export interface LastTransaction {
  /** The set of all transactions before it. */
  before: string;
  /** Milliseconds since 1970: what a heartbeat says, else the log's time, which has seconds. */
  committedAt: number;
}

/** One changed row. An update carries `before` only when the key has changed. */
export interface RowChange {
  table: string;
  op: 'insert' | 'update' | 'delete';
  before?: WireRow;
  after?: WireRow;
}

/** The source's clock, written to its database and read back from its log: all that was committed before is before this message. */
export interface HeartbeatSignal {
  kind: 'heartbeat';
  /** Milliseconds since 1970, clock of the source's sidecar, taken before the row was written. */
  writtenAt: number;
}

/** All rows of a key range as they are at this place of the log, except those that changed while they were read. */
export interface ChunkSignal {
  kind: 'chunk';
  id: string;
  /** Source table. */
  table: string;
  /** The range is (after, upTo], in the order of the primary key; null is the table's start or end. */
  after: WireValue[] | null;
  upTo: WireValue[] | null;
  rows: WireRow[];
  /** Keys that changed while the rows were read: what the stream said of them is newer. */
  changed: WireValue[][];
  /** Types and collations of the key columns: the target has to sort them alike. */
  keyOrder: string;
  /** Epochs of the buckets 1 to 100 in the source's ownership rows, of the snapshot that the rows are from. */
  epochs: number[];
}

/** A chunk whose rows are gone, since the log was read again: it has to be asked for again. */
export interface LostChunkSignal {
  kind: 'lost-chunk';
  id: string;
}

/**
 * The source has released a bucket at this place of its log: whoever has applied all that is before has every write,
 * and may own the bucket with this epoch.
 */
export interface TokenSignal {
  kind: 'token';
  bucket: number;
  epoch: number;
}

/**
 * The source's database has gone back in time: it lacks transactions that the replica has. Nothing comes after this in its
 * chain.
 */
export interface WentBackSignal {
  kind: 'went-back';
  /** What happened, for people. */
  message: string;
}

/** What the source has under some keys at exactly this place of its log: to compare a replica with, or to mend it. */
export interface KeysSignal {
  kind: 'keys';
  id: string;
  /** Source table. */
  table: string;
  keys: WireValue[][];
  /** A key without a row is one that the source does not have. */
  rows: WireRow[];
  /** As in a chunk. */
  epochs: number[];
  /** Only say what differs; otherwise make it equal, too. */
  check: boolean;
}

export type Signal =
  HeartbeatSignal | ChunkSignal | LostChunkSignal | TokenSignal | KeysSignal | WentBackSignal;

/**
 * What one side's database did between two places of its log: all of it, in order, nothing else.
 * A replica that is at `previous` and applies it is at `position`.
 */
export interface ChangeMessage {
  capability: string;
  from: Side;
  /** The reading of the log that this message comes from; a new one begins after each rewind or restart. */
  run: string;
  previous: Position;
  position: Position;
  /** The last message of its transaction. */
  last: boolean;
  /** When the source committed the last of it, in milliseconds since 1970, to the second (the log knows no more). */
  committedAt: number;
  changes: RowChange[];
  signals: Signal[];
}

export function samePosition(one: Position, other: Position): boolean {
  return (
    one.chain === other.chain &&
    one.seq === other.seq &&
    one.origin === other.origin &&
    one.gtid === other.gtid &&
    one.offset === other.offset &&
    sameLast(one.last, other.last)
  );
}

/** A source that went back gives known GTIDs to other transactions; a place that does not know its last one can't tell. */
function sameLast(one: Position['last'], other: Position['last']): boolean {
  return !one || !other || one.committedAt === other.committedAt;
}

/** What a message says of the source's database having gone back in time, if it does. */
export function wentBackIn({ signals }: ChangeMessage): WentBackSignal | undefined {
  return signals.find((signal) => signal.kind === 'went-back');
}

/** Subject of the changes of a capability that leave one side, and the stream that keeps them. */
export function changeSubject(capability: string, from: Side): string {
  return `strangler.changes.${capability}.${from}`;
}

export function changeStream(capability: string, from: Side): string {
  return `strangler-changes-${capability}-from-${from}`;
}
