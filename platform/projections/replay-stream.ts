import type { Sequelize } from 'sequelize';
import { type DomainEvent, eventStream, eventSubjects } from '#contracts/strangler/domain-event.js';
import { isPutAside } from '#platform/inbox/inbox.js';
import { readEvent } from '#platform/inbox/read-event.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import {
  type LogEntry,
  type LogReader,
  logState,
  openLog,
  readLog,
} from '#platform/messaging/ordered-log.js';
import type { Piece, Projection } from './projection.js';

/** Entries of one piece. */
const most = 200;
/** Longest wait for entries that are there, in milliseconds. */
const patience = 2_000;

/** What a build has to read again. */
export interface Replay {
  /** Place in the stream after which events come to the build by themselves. */
  until: number | null;
  /** Of which stream. */
  createdAt: string | null;
}

/** Reads the stream again; `close` ends it. */
export interface Replayer {
  size(): Promise<number>;
  read(after: string | undefined): Promise<Piece | undefined>;
  close(): Promise<void>;
}

/**
 * Reads again what a projection's consumer had handled when a build began. A stream that is another one by now, or has
 * lost its end, is read from its start by the consumer itself, and all that is in it comes to the build that way.
 */
export function replayStream(
  database: Sequelize,
  nats: NatsConnection,
  { name, types, apply }: Projection,
  { until, createdAt }: Replay,
): Replayer {
  let reader: LogReader | undefined;
  let readerAt = 0;
  let waiting: LogEntry[] = [];

  async function range(): Promise<{ first: number; last: number }> {
    const log = await openLog(nats, eventStream, eventSubjects);
    const state = await logState(log);
    if (until === null || state === undefined || state.createdAt !== createdAt) return { first: 1, last: 0 };
    return { first: state.firstSequence, last: Math.min(until, state.lastSequence) };
  }

  async function take(from: number): Promise<LogEntry[]> {
    if (reader === undefined || readerAt !== from) {
      await close();
      reader = await readLog(await openLog(nats, eventStream, eventSubjects), from);
    }
    const entries = waiting.length > 0 ? waiting : await reader.take(most, patience);
    waiting = entries.splice(most);
    readerAt = (entries.at(-1)?.sequence ?? from - 1) + 1;
    return entries;
  }

  async function wanted(entry: LogEntry): Promise<DomainEvent | undefined> {
    const { event } = readEvent(entry);
    if (event === undefined || !types.includes(event.type)) return undefined;
    // Nobody could handle it: whoever replays the dead letter brings it to this build, too.
    return (await isPutAside(database, name, event.eventId)) ? undefined : event;
  }

  async function read(after: string | undefined): Promise<Piece | undefined> {
    const { first, last } = await range();
    const from = Math.max(first, Number(after ?? 0) + 1);
    if (from > last) return undefined;
    const entries = (await take(from)).filter(({ sequence }) => sequence <= last);
    const end = entries.at(-1)?.sequence;
    if (end === undefined) {
      // They have expired while they were asked for, or else the broker is slow: then it is asked again later.
      if ((await range()).first > from) return read(after);
      throw new Error(`the stream has given nothing from its place ${from} on`);
    }
    const events: DomainEvent[] = [];
    for (const entry of entries) {
      const event = await wanted(entry);
      if (event) events.push(event);
    }
    return {
      after: String(end),
      size: entries.length,
      write: (build, transaction) => apply(events, build, transaction),
    };
  }

  async function close(): Promise<void> {
    await reader?.close();
    reader = undefined;
    waiting = [];
  }

  return {
    size: async () => {
      const { first, last } = await range();
      return Math.max(0, last - first + 1);
    },
    read,
    close,
  };
}
