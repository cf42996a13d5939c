import {
  AckPolicy,
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
  NatsError,
  type NatsConnection,
  type PubAck,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
  nanos,
} from 'nats';
import { changeLimits, type LogLimits } from '#contracts/strangler/retention.js';
import { guarded } from '#platform/telemetry/guarded.js';
import { explainNatsError } from './explain-nats-error.js';
import { addMissingLimits, discardOf, type LogSize, sizeOf } from './log-size.js';

/** One stream, read in order by many: with one subject where one writes it, with many under a wildcard where many do. */
export interface OrderedLog {
  stream: string;
  subject: string;
  nats: NatsConnection;
  jetStream: JetStreamClient;
  manager: JetStreamManager;
}

export interface LogState {
  /** Sequence of the oldest entry that is left; above `lastSequence` in a log without entries. */
  firstSequence: number;
  /** Sequence of the newest entry ever written; 0 in a new log. */
  lastSequence: number;
  /** Tells a log from one that was deleted and made again. */
  createdAt: string;
}

export interface LogEntry {
  sequence: number;
  /** What it was published on: the broker lets each account write on its own subjects only. */
  subject: string;
  data: Uint8Array;
}

/** Longest wait for the broker's answer to a question, in milliseconds. */
const answerTimeout = 1_000;
/** Longest wait until an entry is stored: a disk may be busy for a while. */
const storeTimeout = 5_000;

/** Prepares to use a log; the broker is not asked before the first call on it. */
export async function openLog(nats: NatsConnection, stream: string, subject: string): Promise<OrderedLog> {
  const manager = await nats.jetstreamManager({ timeout: answerTimeout, checkAPI: false });
  return { nats, stream, subject, manager, jetStream: nats.jetstream({ timeout: storeTimeout }) };
}

/** The log's state, or undefined when it does not exist. */
export async function logState(log: OrderedLog): Promise<LogState | undefined> {
  const info = await findLog(log);
  return info && stateOf(info);
}

/** How much there is in the log, or undefined when it does not exist. */
export async function logSize(log: OrderedLog): Promise<LogSize | undefined> {
  const info = await findLog(log);
  return info && sizeOf(info);
}

/** The log's state; makes the log when it does not exist, and gives one that does the limits that it lacks. */
export async function ensureLog(log: OrderedLog, limits: LogLimits = changeLimits): Promise<LogState> {
  const existing = await findLog(log);
  if (existing) {
    // A broker that refuses has no room to spare: the log is used as it is, and its readings tell what it lacks.
    await addMissingLimits(log.manager, existing, limits).catch(() => undefined);
    return stateOf(existing);
  }
  try {
    return stateOf(
      await log.manager.streams.add({
        name: log.stream,
        subjects: [log.subject],
        retention: RetentionPolicy.Limits,
        storage: StorageType.File,
        discard: discardOf(limits),
        max_age: nanos(limits.maxAge),
        max_bytes: limits.maxBytes,
        duplicate_window: nanos(limits.repetitionWindow),
      }),
    );
  } catch (error) {
    throw explainNatsError(error, `to make the log ${log.stream}`);
  }
}

async function findLog(log: OrderedLog): Promise<StreamInfo | undefined> {
  try {
    return await log.manager.streams.info(log.stream);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw explainNatsError(error, `a question about the log ${log.stream}`);
  }
}

function stateOf({ state, created }: StreamInfo): LogState {
  return { firstSequence: state.first_seq, lastSequence: state.last_seq, createdAt: created };
}

/** The newest entry that is left, or undefined when there is none. */
export async function lastEntry(log: OrderedLog): Promise<LogEntry | undefined> {
  try {
    const message = await log.manager.streams.getMessage(log.stream, { last_by_subj: log.subject });
    return { sequence: message.seq, subject: message.subject, data: message.data };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw explainNatsError(error, `a question about the log ${log.stream}`);
  }
}

/**
 * Appends one entry, if and only if `afterSequence` is still the newest: entries never interleave with those of
 * another writer, and none slips in behind a lost one. Calls may be pipelined: once one has failed, all later ones fail.
 * @param id recorded with the entry (`Nats-Msg-Id`)
 */
export async function appendEntry(
  log: OrderedLog,
  data: Uint8Array,
  id: string,
  afterSequence: number,
): Promise<void> {
  const acknowledged = await publish(log, data, id, afterSequence);
  if (acknowledged.seq !== afterSequence + 1) {
    throw new Error(
      `the log ${log.stream} answered with sequence ${acknowledged.seq} instead of ${afterSequence + 1}`,
    );
  }
}

/**
 * Stores one entry of a log that many write, wherever its end is.
 * @param id a repetition that the broker remembers is not stored again
 * @returns its sequence; that of the first copy, of a repetition
 */
export async function storeEntry(
  log: OrderedLog,
  subject: string,
  data: Uint8Array,
  id: string,
): Promise<number> {
  try {
    const expect = { streamName: log.stream };
    return (await log.jetStream.publish(subject, data, { msgID: id, expect })).seq;
  } catch (error) {
    throw explainNatsError(error, `an entry for the log ${log.stream}`);
  }
}

/** The id that the entry at a place was stored with; undefined when there is none. */
export async function entryId(log: OrderedLog, sequence: number): Promise<string | undefined> {
  try {
    const { header } = await log.manager.streams.getMessage(log.stream, { seq: sequence });
    return header.get('Nats-Msg-Id');
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw explainNatsError(error, `a question about the log ${log.stream}`);
  }
}

/** When the entry at a place was stored; undefined when there is none. */
export async function entryTime(log: OrderedLog, sequence: number): Promise<Date | undefined> {
  try {
    return (await log.manager.streams.getMessage(log.stream, { seq: sequence })).time;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw explainNatsError(error, `a question about the log ${log.stream}`);
  }
}

async function publish(
  log: OrderedLog,
  data: Uint8Array,
  id: string,
  afterSequence: number,
): Promise<PubAck> {
  try {
    return await log.jetStream.publish(log.subject, data, {
      msgID: id,
      expect: { streamName: log.stream, lastSequence: afterSequence },
    });
  } catch (error) {
    throw explainNatsError(error, `an entry for the log ${log.stream}`);
  }
}

/** Entries as they arrive; `close` ends it. */
export interface LogReader {
  /** Whatever has arrived, at most about `most` entries; waits up to `wait` milliseconds for the first. */
  take(most: number, wait: number): Promise<LogEntry[]>;
  close(): Promise<void>;
}

/** Entries that are asked for at a time. */
const mostPulled = 128;
/** Bytes that they should not take together: the first request finds out how large they are. */
const pulledBytes = 16 * 1024 ** 2;
const firstPulled = 8;

/**
 * Reads from a sequence on, in order. The reader's place is the caller's business: nothing is acknowledged.
 * @throws from `take`, when the log or the broker's memory of this reader is gone: open a new reader then
 */
export async function readLog(log: OrderedLog, fromSequence: number): Promise<LogReader> {
  const info = await log.manager.consumers.add(log.stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.max(1, fromSequence),
    inactive_threshold: nanos(30_000),
    mem_storage: true,
    num_replicas: 1,
    max_waiting: 8,
  });
  const consumer = await log.jetStream.consumers.get(log.stream, info.name);
  const queue: LogEntry[] = [];
  let pull: ConsumerMessages | undefined;
  let failure: Error | undefined;
  let closed = false;
  let wake = (): void => undefined;
  let expected = Math.max(1, fromSequence);
  let pullSize = firstPulled;

  /**
   * Fails if entries up to this sequence have not arrived. The broker may send entries to a request that the client
   * has closed, and counts them as delivered. Expired entries are missing too, but they can not be read again.
   */
  async function failOnSkipped(upTo: number): Promise<void> {
    if (upTo < expected) return;
    // The oldest entries expire first: if the last one is gone, so are those before it.
    if ((await entryTime(log, upTo)) === undefined) return;
    throw new Error(
      `entries ${expected} to ${upTo} of the log ${log.stream} have not arrived: read again from there`,
    );
  }

  async function fill(): Promise<void> {
    let arrived = 0;
    let largest = 1;
    try {
      pull = await consumer.fetch({ max_messages: pullSize, expires: 1_000 });
      for await (const message of pull) {
        arrived += 1;
        if (message.seq > expected) await failOnSkipped(message.seq - 1);
        expected = message.seq + 1;
        largest = Math.max(largest, message.data.length);
        queue.push({ sequence: message.seq, subject: message.subject, data: message.data });
        wake();
      }
      if (arrived > 0) pullSize = Math.max(1, Math.min(mostPulled, Math.floor(pulledBytes / largest)));
      // Silence may mean that the broker has forgotten this reader: asking for its state throws then.
      if (arrived === 0 && !closed) {
        const { delivered } = await log.manager.consumers.info(log.stream, info.name);
        await failOnSkipped(delivered.stream_seq);
      }
    } catch (error) {
      failure = explainNatsError(error, `reading the log ${log.stream}`);
    } finally {
      pull = undefined;
      wake();
    }
  }

  function arrival(wait: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(guarded('a wait for a log', done), wait);
      function done(): void {
        clearTimeout(timer);
        wake = () => undefined;
        resolve();
      }
      wake = done;
    });
  }

  async function take(most: number, wait: number): Promise<LogEntry[]> {
    const deadline = Date.now() + wait;
    while (queue.length === 0 && !closed) {
      if (failure !== undefined) throw failure;
      if (!pull) void fill();
      const left = deadline - Date.now();
      if (left <= 0) return [];
      await arrival(left);
    }
    // Fetched ahead while the caller works, so that it never waits for a round trip.
    if (!pull && failure === undefined && !closed && queue.length < pullSize) void fill();
    return queue.splice(0, most);
  }

  async function close(): Promise<void> {
    closed = true;
    wake();
    pull?.stop();
    // The broker forgets the reader by itself when it can't be told.
    await log.manager.consumers.delete(log.stream, info.name).catch(() => false);
  }

  return { take, close };
}

/** Deletes the log with all its entries, if it is there. */
export async function deleteLog(log: OrderedLog): Promise<void> {
  try {
    await log.manager.streams.delete(log.stream);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof NatsError && error.api_error?.code === 404;
}
