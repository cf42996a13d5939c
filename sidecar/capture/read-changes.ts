import type { ChangeMessage, LastTransaction, Position } from '#contracts/strangler/change-message.js';
import type { Move, Side } from '#contracts/strangler/move.js';
import { outboxTable } from '#platform/database/outbox-table.js';
import type { OrderedLog } from '#platform/messaging/ordered-log.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { appliedTable } from '../database/control-tables.js';
import { assembleMessages, changesAny, onlyColumns, splitBytes } from './assemble-messages.js';
import { CaptureStopped } from './capture-error.js';
import type { Start } from './find-start.js';
import { gatherMessages } from './gather-messages.js';
import { thinHeartbeats } from './heartbeat-pace.js';
import { expectLast } from './expect-last.js';
import { judgeStatement } from './judge-statement.js';
import { holdRows } from './pending-rows.js';
import { publishInOrder } from './publish-in-order.js';
import { type BinlogHandlers, type BinlogReader, type ChangedRow, readBinlog } from './read-binlog.js';
import { readSignal, signalTables } from './read-signals.js';
import { refuseForeignIds } from './foreign-ids.js';
import { type KeyWindows, watchKeys } from './watch-keys.js';
import { type ChunkWindows, watchChunks, withKeys } from './watch-chunks.js';
import { SourceWentBack } from './went-back.js';

/** One uninterrupted reading of the log, from a place until something breaks or it is stopped. */
export interface Reading {
  windows: ChunkWindows;
  keyWindows: KeyWindows;
  /** Resolves when it is over: with the error, or with undefined after `stop`. */
  ended: Promise<Error | undefined>;
  progress(): ReadingProgress;
  stop(): void;
  /** Ends it with an error that somebody else has seen. */
  fail(error: unknown): void;
}

export interface ReadingProgress {
  /** Grows with whatever the log says, also of others. */
  events: number;
  position: Position;
  /** Messages that the broker has not acknowledged yet. */
  outstanding: number;
  /** The broker is slower than the log. */
  paused: boolean;
}

export interface ReadingOptions {
  url: string;
  schema: string;
  move: Move;
  side: Side;
  origin: string;
  serverId: number;
  run: string;
  start: Start;
  /** GTIDs to read after. */
  gtid: string;
  /** The last transaction of these, which is read again to see that it is the same; null to believe it. */
  last: LastTransaction | null;
  /** Called before the reading ends because it is another one. */
  onWentBack(error: SourceWentBack): Promise<void>;
  log: OrderedLog;
  /** Most bytes of row images that a message can carry. */
  maxBytes: number;
  /** Statements that have redefined a table, by their GTIDs: the table has been looked at since. */
  seenRedefinitions: ReadonlySet<string>;
  /** Names, in lower case, of what the moved tables' triggers reach. */
  behindTriggers: ReadonlySet<string>;
  /** There is something in the log that the replica lacks. */
  onWritten(): void;
  /** The capability's outbox has new events, which are committed. */
  onSaid(): void;
  onStored(message: ChangeMessage): void;
}

/** Reads the log and publishes what it says of one capability. */
export function readChanges(options: ReadingOptions): Reading {
  const { move, side, log, start } = options;
  const tables = move.tables.map((table) => table[side]);
  const keys = new Map(tables.map(({ table, key }) => [table, key]));
  const keyWindows = watchKeys(keys);
  const windows = withKeys(watchChunks(keys), keyWindows);
  const progress = { events: 0, position: start.position, paused: false };
  // A reading may end before there is a reader: when the place makes no sense to it.
  const reader: { current?: BinlogReader } = {};
  let finish: (error: Error | undefined) => void = () => undefined;
  const ended = new Promise<Error | undefined>((resolve) => (finish = resolve));

  const publisher = publishInOrder(log, start.lastSequence, {
    onFull: () => hold(true),
    onRoom: () => hold(false),
    onStored: options.onStored,
    onFailure: end,
  });

  const gatherer = gatherMessages(Math.min(splitBytes, options.maxBytes), publisher.publish);

  function emit(message: ChangeMessage, bytes: number): void {
    progress.position = message.position;
    if (message.changes.length > 0) options.onWritten();
    gatherer.add(message, bytes);
  }

  function hold(paused: boolean): void {
    progress.paused = paused;
    if (paused) reader.current?.pause();
    else reader.current?.resume();
  }

  function end(error: unknown): void {
    reader.current?.stop();
    gatherer.stop();
    const reason =
      error === undefined || error instanceof Error
        ? error
        : new Error(`the reading was ended: ${messageOf(error)}`, { cause: error });
    if (!(reason instanceof SourceWentBack)) return finish(reason);
    // A mark that can't be written is written by the next reading, which finds the same.
    void options.onWentBack(reason).then(() => finish(reason), finish);
  }

  const onEvent = (): number => (progress.events += 1);
  const handlers = expectLast(options, onEvent, handleTransactions(options, windows, emit, onEvent, end));
  const names = [
    ...tables.map(({ table }) => table),
    ...signalTables(move.capability),
    ...[appliedTable, outboxTable(move.capability)],
  ];
  const after = options.last?.before ?? options.gtid;
  reader.current = readBinlog(options.url, names, options.serverId, after, handlers);

  return {
    windows,
    keyWindows,
    ended,
    progress: () => ({ ...progress, outstanding: publisher.outstanding() }),
    stop: () => end(undefined),
    fail: end,
  };
}

/** What becomes of each transaction: a message, several, or none. */
function handleTransactions(
  options: ReadingOptions,
  windows: ChunkWindows,
  emit: (message: ChangeMessage, bytes: number) => void,
  onEvent: () => void,
  onEnd: (error: unknown) => void,
): BinlogHandlers {
  const { move, side, start } = options;
  const tables = move.tables.map((table) => table[side]);
  const moved = {
    schema: options.schema,
    behindTriggers: options.behindTriggers,
    columns: new Map(move.tables.map((table) => [table[side].table, table.columns[side]])),
  };
  const assembler = assembleMessages({
    ...options,
    capability: move.capability,
    from: side,
    tables: tables.map((one) => ({ ...one, columns: moved.columns.get(one.table) ?? [] })),
    start: start.position,
    emit,
  });
  /** An applier's transaction: the other side knows already what it did. */
  let replicated = false;
  let touched = false;
  let said = false;
  const withSignals = signalTables(move.capability);
  const heartbeats = thinHeartbeats();
  const pending = holdRows(windows);
  const refuseIds = refuseForeignIds(move, side);

  function onRows(table: string, rows: ChangedRow[], gtidBefore: string): void {
    onEvent();
    if (table === outboxTable(move.capability)) {
      said ||= rows.some(({ before }) => before === undefined);
      return;
    }
    if (table === appliedTable) {
      // What another capability's applier does to tables of this one, it does by a trigger: nobody else knows of it.
      if (!rows.some(({ after }) => after?.['capability'] === move.capability)) return;
      replicated = true;
      assembler.drop();
      pending.forget();
    }
    if (replicated) return;
    if (withSignals.includes(table)) return signal(table, rows);
    refuseIds(table, rows);
    touched = true;
    heartbeats.written();
    const columns = moved.columns.get(table) ?? [];
    for (const row of rows) if (changesAny(columns, row)) pending.add(table, onlyColumns(columns, row));
    assembler.add(table, rows, gtidBefore);
  }

  function signal(table: string, rows: ChangedRow[]): void {
    for (const { after } of rows) {
      const found = after ? readSignal(move.capability, windows, table, after) : undefined;
      if (!found || (found.kind === 'heartbeat' && !heartbeats.passesOn(found.writtenAt))) continue;
      assembler.signal(found);
    }
  }

  function forget(): void {
    assembler.drop();
    pending.forget();
    replicated = false;
    touched = false;
    said = false;
  }

  return {
    onRows,
    onCommit(gtid, last) {
      onEvent();
      if (!replicated) {
        pending.commit();
        assembler.commit(gtid, last);
      }
      if (said) options.onSaid();
      replicated = false;
      touched = false;
      said = false;
    },
    onRollback: forget,
    onSavepoint(name) {
      pending.savepoint(name);
      assembler.savepoint(name);
    },
    onRollbackTo(name) {
      if (replicated) return;
      pending.rollBackTo(name);
      assembler.rollBackTo(name);
    },
    onStatement(statement, gtid, schema) {
      const effect = judgeStatement(statement, schema, moved);
      if (effect?.kind === 'changed') throw unseen(statement, effect.table, move.capability);
      if (effect && !options.seenRedefinitions.has(gtid)) throw new TableRedefined(effect.table, gtid);
    },
    onPrepare() {
      if (touched) throw distributed(move.capability);
      forget();
    },
    onEnd,
  };
}

/** A table's definition has changed: before reading on, somebody has to look whether it can still be replicated. */
export class TableRedefined extends Error {
  /** All transactions up to and with the statement. */
  readonly gtid: string;

  constructor(table: string, gtid: string) {
    super(`the definition of ${table} has changed`);
    this.gtid = gtid;
  }
}

function unseen(statement: string, table: string, capability: string): CaptureStopped {
  return new CaptureStopped(
    'unsupported_change',
    `"${statement.slice(0, 80)}" changed ${table} without its rows being logged: ` +
      `fill the replica anew (backfill ${capability} with a new chain)`,
  );
}

function distributed(capability: string): CaptureStopped {
  return new CaptureStopped(
    'unsupported_change',
    'a distributed transaction (XA) changed rows that are replicated, which can not be followed: ' +
      `use plain transactions, and fill the replica anew (backfill ${capability} with a new chain)`,
  );
}
