import type { Sequelize } from 'sequelize';
import { deadLetterStream, deadLetterSubjects } from '#contracts/strangler/dead-letter.js';
import { eventStream, eventSubjects } from '#contracts/strangler/domain-event.js';
import type { StoreReading } from '#contracts/strangler/growth.js';
import { findPlace } from '#platform/inbox/inbox.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { entryTime, logSize, logState, openLog } from '#platform/messaging/ordered-log.js';
import { judgeLog } from './judge-readings.js';
import type { Measured } from './report-growth.js';

/** How much of the dead letters' room and time is used. None where there are no letters yet. */
async function measureDeadLetters(nats: NatsConnection): Promise<StoreReading[]> {
  const size = await logSize(await openLog(nats, deadLetterStream, deadLetterSubjects));
  if (!size) return [];
  return judgeLog(deadLetterStream, size, Date.now(), {
    then: 'consumers stand still once it is full, and letters go once they are too old. Replay them ("strangler dead-letters list")',
  });
}

/**
 * How near the events that a consumer has not seen are to being dropped by the stream: by their age, and by the part of the
 * stream's room that they take. The stream keeps no more than its limits, whoever has seen what.
 */
async function measureUnseen(
  database: Sequelize,
  nats: NatsConnection,
  consumer: string,
): Promise<StoreReading[]> {
  const log = await openLog(nats, eventStream, eventSubjects);
  const [size, state] = [await logSize(log), await logState(log)];
  if (!size || !state) return [];
  const place = await findPlace(database, consumer);
  const seen = place?.logCreatedAt === state.createdAt ? place.logSequence : 0;
  const next = Math.max(seen + 1, state.firstSequence);
  const unseen = Math.max(0, state.lastSequence - next + 1);
  const oldestAt = unseen > 0 ? await entryTime(log, next) : undefined;
  const bytes = size.entries > 0 ? size.bytes * Math.min(1, unseen / size.entries) : 0;
  return judgeLog(`events unseen by ${consumer}`, { ...size, bytes, oldestAt }, Date.now(), {
    then: `${eventStream} drops events soon that ${consumer} has not seen. Its program's log says what holds it up; "strangler projections" shows how far it is`,
  });
}

/**
 * Looks at what the consumers of one program have not seen, and at the letters that they write.
 * @param connection undefined while NATS is away: then nothing is known
 */
export function consumersOf(
  connection: () => NatsConnection | undefined,
  database: Sequelize,
  consumers: readonly string[],
): () => Promise<Measured> {
  return async () => {
    const nats = connection();
    if (!nats) return { readings: [] };
    const unseen = await Promise.all(consumers.map((name) => measureUnseen(database, nats, name)));
    return { readings: [...unseen.flat(), ...(await measureDeadLetters(nats))] };
  };
}
