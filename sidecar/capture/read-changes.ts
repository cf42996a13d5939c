import type { ChangeMessage, Position, Signal } from '#contracts/strangler/change-message.js';
import type { Move, Row, Side } from '#contracts/strangler/move.js';
import type { OrderedLog } from '#platform/messaging/ordered-log.js';
import { appliedTable, heartbeatTable, watermarksTable } from '../control-tables.js';
import { assembleMessages } from './assemble-messages.js';
import { CaptureStopped } from './capture-error.js';
import { tableChangedUnseen } from './judge-statement.js';
import { publishInOrder } from './publish-in-order.js';
import { type BinlogReader, type ChangedRow, readBinlog } from './read-binlog.js';
import { type ChunkWindows, watchChunks } from './watch-chunks.js';
import type { Start } from './find-start.js';

/** One uninterrupted reading of the log, from a place until something breaks or it is stopped. */
export interface Reading {
  run: string;
  windows: ChunkWindows;
  /** Resolves when it is over: with the error, or with undefined after `stop`. */
  ended: Promise<unknown>;
  progress(): ReadingProgress;
  stop(): void;
  /** Ends it with an error that somebody else has seen. */
  fail(error: unknown): void;
}

export interface ReadingProgress {
  /** Grows with whatever the log says, also of others. */
  events: number;
  position: Position;
  outstanding: number;
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
  log: OrderedLog;
  maxBytes: number;
  onStored(message: ChangeMessage): void;
}

/** Reads the log and publishes what it says of one capability. */
export function readChanges(options: ReadingOptions): Reading {
  const { move, side, log, start } = options;
  const tables = move.tables.map((table) => table[side]);
  const windows = watchChunks(new Map(tables.map(({ table, key }) => [table, key])));
  const progress: ReadingProgress = { events: 0, position: start.position, outstanding: 0, paused: false };
  let finish: (error: unknown) => void = () => undefined;
  const ended = new Promise<unknown>((resolve) => (finish = resolve));

  const publisher = publishInOrder(log, start.lastSequence, {
    onFull: () => hold(true),
    onRoom: () => hold(false),
    onStored: options.onStored,
    onFailure: end,
  });
  const assembler = assembleMessages({
    ...options,
    capability: move.capability,
    from: side,
    tables,
    start: start.position,
    emit(message) {
      progress.position = message.position;
      publisher.publish(message);
    },
  });
  let replicated = false;
  let touched = false;
  // A reading may end before there is a reader: when the place makes no sense to it.
  let reader: BinlogReader | undefined;
  reader = readBinlog(
    options.url,
    [...tables.map(({ table }) => table), heartbeatTable, watermarksTable, appliedTable],
    options.serverId,
    options.gtid,
    {
      onRows,
      onCommit,
      onRollback: forget,
      onStatement: refuseUnseen,
      onPrepare() {
        if (touched)
          throw new CaptureStopped(
            'unsupported_change',
            'a distributed transaction (XA) changed rows of the move: it can not be replicated',
          );
        forget();
      },
      onEnd: end,
    },
  );

  function hold(paused: boolean): void {
    progress.paused = paused;
    if (paused) reader?.pause();
    else reader?.resume();
  }

  function onRows(table: string, rows: ChangedRow[], gtidBefore: string): void {
    progress.events += 1;
    if (table === appliedTable) {
      // An applier's transaction: the other side knows already what it did.
      replicated = true;
      assembler.drop();
    }
    if (replicated) return;
    if (table === heartbeatTable || table === watermarksTable)
      return rows.forEach((row) => note(table, row.after));
    touched = true;
    for (const row of rows) windows.onChange(table, row);
    assembler.add(table, rows, gtidBefore);
  }

  function note(table: string, row: Row | undefined): void {
    if (!row) return;
    const signal = table === heartbeatTable ? heartbeatOf(row) : watermarkOf(row);
    if (signal) assembler.signal(signal);
  }

  function heartbeatOf(row: Row): Signal {
    return { kind: 'heartbeat', writtenAt: Number(row['written_at']) };
  }

  function watermarkOf(row: Row): Signal | undefined {
    if (row['capability'] !== move.capability) return undefined;
    const chunk = String(row['chunk']);
    if (row['edge'] === 'high') return windows.onHigh(chunk);
    windows.onLow(chunk);
    return undefined;
  }

  function onCommit(gtid: string, committedAt: number): void {
    progress.events += 1;
    if (replicated) forget();
    else assembler.commit(gtid, committedAt);
    replicated = false;
    touched = false;
  }

  function forget(): void {
    assembler.drop();
    replicated = false;
    touched = false;
  }

  function refuseUnseen(statement: string, schema: string): void {
    const table = tableChangedUnseen(statement, schema, {
      schema: options.schema,
      tables: tables.map((one) => one.table),
    });
    if (!table) return;
    throw new CaptureStopped(
      'unsupported_change',
      `"${statement.slice(0, 80)}" changed ${table} without its rows being logged: ` +
        `fill the replica anew (backfill ${move.capability} with a new chain)`,
    );
  }

  function end(error: unknown): void {
    reader?.stop();
    finish(error);
  }

  return {
    run: options.run,
    windows,
    ended,
    progress: () => ({ ...progress, outstanding: publisher.outstanding() }),
    stop: () => end(undefined),
    fail: end,
  };
}
