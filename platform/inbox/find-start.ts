import type { Sequelize } from 'sequelize';
import { entryId, type LogState, type OrderedLog } from '#platform/messaging/ordered-log.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { findPlace } from './inbox.js';

/** Where a consumer begins to read. */
export interface Start {
  /** Sequence of the first entry to read. */
  from: number;
  /** Entries before it that the stream has dropped, and that the consumer has not seen. */
  missed: number;
}

/**
 * Where a consumer goes on: behind what it handled last, as long as that still is in its place. In a stream that has
 * lost its end, or is another one, other events may stand there by now: then it begins anew, and the inbox knows what to
 * pass by.
 */
export async function findStart(
  database: Sequelize,
  consumer: string,
  log: OrderedLog,
  { createdAt, firstSequence: oldest }: LogState,
  logger: Logger,
): Promise<Start> {
  // A log that is new begins at 0, and its first entry has 1.
  const firstSequence = Math.max(1, oldest);
  const place = await findPlace(database, consumer);
  if (place === undefined) return { from: firstSequence, missed: 0 };
  const next = place.logSequence + 1;
  if (place.logCreatedAt === createdAt && place.logSequence < firstSequence)
    return { from: firstSequence, missed: firstSequence - next };
  const isThere =
    place.logCreatedAt === createdAt && (await entryId(log, place.logSequence)) === place.eventId;
  if (isThere) return { from: next, missed: 0 };
  logger.warn({ consumer }, 'the stream has lost events: it is read from its start');
  return { from: firstSequence, missed: 0 };
}
