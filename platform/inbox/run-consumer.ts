import type { Counter } from 'prom-client';
import type { Sequelize } from 'sequelize';
import { eventStream, eventSubjects } from '#contracts/strangler/domain-event.js';
import { replayRequestSchema, replaySubject } from '#contracts/strangler/dead-letter.js';
import { runAlone } from '#platform/database/run-alone.js';
import { answerJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import {
  entryId,
  type LogEntry,
  logState,
  openLog,
  type OrderedLog,
  readLog,
} from '#platform/messaging/ordered-log.js';
import { repeatTask } from '#platform/resilience/repeat-task.js';
import type { Logger } from '#platform/telemetry/logger.js';
import type { Consumer, ConsumerWork } from './consumer.js';
import { findStart } from './find-start.js';
import { handleAgain, handleEvent, handleTogether } from './handle-event.js';
import { forgetOld, type Place, savePlace } from './inbox.js';
import { noteMissed, splitAtGaps } from './note-missed.js';
import { putAside } from './put-aside.js';
import { readEvent } from './read-event.js';

export interface ConsumerOptions {
  database: Sequelize;
  /** Connections that handlers never wait for: one is held while this instance is the one that reads. */
  own: Sequelize;
  nats: NatsConnection;
  consumer: Consumer;
  logger: Logger;
  tries?: number;
  firstPauseMs?: number;
  /** Counts events that the stream has dropped unseen, by `consumer`. */
  missed?: Counter<'consumer'>;
}

/** How long an instance reads before it lets others have a turn, and looks anew where it is, in milliseconds. */
const turnMs = 30_000;
/** Between two attempts to have a turn, or to find a stream. */
const pauseMs = 250;
const most = 64;
const longestWait = 1_000;
/** Between two notes of where the reading is while nothing that comes is wanted; noted at once when nothing more comes. */
const noteEveryMs = 5_000;
const forgetEveryMs = 60_000;

/**
 * Handles the events that a consumer wants, each once, in the order of the stream, for as long as it runs.
 * @returns a function that ends it
 */
export function runConsumer(options: ConsumerOptions): () => Promise<void> {
  const { database, own, nats, consumer, tries = 5, firstPauseMs = 200 } = options;
  const logger = options.logger.child({ consumer: consumer.name });
  const work: ConsumerWork = { database, consumer, tries, firstPauseMs };
  const stopReplaying = answerJson(
    nats,
    replaySubject(consumer.name),
    replayRequestSchema,
    (request) => handleAgain(work, request),
    (error) => logger.warn({ err: error }, 'an event could not be replayed'),
  );
  const reading = repeatTask(
    `consume ${consumer.name}`,
    pauseMs,
    async (signal) => {
      const turn = runAlone(own, `consumer ${consumer.name}`, () =>
        read({ work, nats, logger, signal, counter: options.missed }),
      );
      await turn.catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    },
    logger,
  );
  const forgetting = repeatTask(
    'forget handled events',
    forgetEveryMs,
    async () => {
      // The inbox is that of all consumers of the schema.
      for (const given of await forgetOld(database))
        options.logger.error(given, 'an event that was put aside is given up: nobody has replayed it');
    },
    logger,
  );
  reading.start();
  forgetting.start();
  return async () => {
    stopReplaying();
    await Promise.all([reading.stop(), forgetting.stop()]);
  };
}

/** What a turn of reading is given. */
interface Reading {
  work: ConsumerWork;
  nats: NatsConnection;
  logger: Logger;
  signal: AbortSignal;
  counter: Counter<'consumer'> | undefined;
}

/** One turn of reading. */
interface Turn extends Reading {
  log: OrderedLog;
  logCreatedAt: string;
}

/** Reads for one turn. Whatever fails ends it: the next begins where the inbox says. */
async function read(reading: Reading): Promise<void> {
  const { work, nats, logger, signal } = reading;
  const log = await openLog(nats, eventStream, eventSubjects);
  const state = await logState(log);
  if (state === undefined) return;
  const { database, consumer } = work;
  const turn = { ...reading, log, logCreatedAt: state.createdAt };
  const start = await findStart(database, consumer.name, log, state, logger);
  if (start.missed > 0) await noteMissed(turn, start.missed, start.from);
  let next = start.from;
  const reader = await readLog(log, next);
  const until = performance.now() + turnMs;
  let notedAt = performance.now();
  let passedBy: Place | undefined;
  try {
    while (!signal.aborted && performance.now() < until) {
      const entries = await reader.take(most, longestWait);
      if (entries.length > 0) passedBy = await takeRuns(turn, entries, next);
      next = (entries.at(-1)?.sequence ?? next - 1) + 1;
      const isQuiet = entries.length === 0;
      if (passedBy === undefined || (!isQuiet && performance.now() - notedAt < noteEveryMs)) continue;
      await savePlace(database, consumer.name, passedBy);
      passedBy = undefined;
      notedAt = performance.now();
    }
  } finally {
    await reader.close();
  }
}

/**
 * @param next sequence that the first entry should have
 * @returns the last place, if nobody has noted it since the consumer does not want what stands there
 */
async function takeRuns(turn: Turn, entries: readonly LogEntry[], next: number): Promise<Place | undefined> {
  let passedBy: Place | undefined;
  for (const run of splitAtGaps(entries, next)) {
    if (run.missed > 0) await noteMissed(turn, run.missed, run.first);
    passedBy = await takeAll(turn, run.entries);
  }
  return passedBy;
}

async function takeAll(turn: Turn, entries: readonly LogEntry[]): Promise<Place | undefined> {
  if (await takeTogether(turn, entries)) return undefined;
  let passedBy: Place | undefined;
  for (const entry of entries) {
    if (turn.signal.aborted) return undefined;
    passedBy = await take(turn, entry);
  }
  return passedBy;
}

/** Several events cost one transaction, if the consumer can handle them together. @returns false where each is to be taken by itself */
async function takeTogether({ work, logCreatedAt }: Turn, entries: readonly LogEntry[]): Promise<boolean> {
  const { consumer } = work;
  if (!consumer.handleTogether) return false;
  const events = entries.flatMap((entry) => readEvent(entry).event ?? []);
  const wanted = events.filter(({ type }) => consumer.types.includes(type));
  const [last, lastEvent] = [entries.at(-1), events.at(-1)];
  if (wanted.length < 2 || events.length < entries.length || !last || !lastEvent) return false;
  const place = { logSequence: last.sequence, logCreatedAt, eventId: lastEvent.eventId };
  return handleTogether(work, wanted, place);
}

/** @returns its place, of an event that the consumer does not want */
async function take(turn: Turn, entry: LogEntry): Promise<Place | undefined> {
  const { work, nats, log, logCreatedAt, logger, signal } = turn;
  const { sequence } = entry;
  const parsed = readEvent(entry);
  if (!parsed.event) {
    const eventId = (await entryId(log, sequence)) || `entry-${sequence}`;
    const place = { logSequence: sequence, logCreatedAt, eventId };
    logger.error({ sequence }, 'what stands in the stream is no event: it is put aside');
    await putAside(work, nats, parsed.found, place, {
      reason: `it is no event: ${parsed.problem}`,
      tries: 0,
    });
    return undefined;
  }
  const { event } = parsed;
  const { eventId, type, key } = event;
  const place = { logSequence: sequence, logCreatedAt, eventId };
  if (!work.consumer.types.includes(type)) return place;
  const unhandled = await handleEvent(work, event, place, signal);
  if (unhandled === undefined) return undefined;
  const { reason, tries } = unhandled;
  logger.error({ eventId, type, key, reason, tries }, 'an event could not be handled: it is put aside');
  await putAside(work, nats, event, place, unhandled);
  return undefined;
}
