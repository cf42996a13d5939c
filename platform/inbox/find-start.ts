import type { Sequelize } from 'sequelize';
import { entryId, type LogState, type OrderedLog } from '#platform/messaging/ordered-log.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { findPlace } from './inbox.js';

/**
 * Where a consumer goes on: behind what it handled last, as long as that still is in its place. In a stream that has
 * lost its end, or is another one, other events may stand there by now: then it begins anew, and the inbox knows what to
 * pass by.
 * @returns sequence of the first entry to read
 */
export async function findStart(
  database: Sequelize,
  consumer: string,
  log: OrderedLog,
  { createdAt, firstSequence }: LogState,
  logger: Logger,
): Promise<number> {
  const place = await findPlace(database, consumer);
  if (place === undefined) return 1;
  const next = place.logSequence + 1;
  if (place.logCreatedAt === createdAt && place.logSequence < firstSequence) {
    if (next < firstSequence) {
      const missed = firstSequence - next;
      logger.error(
        { consumer, missed },
        'events have expired before this consumer saw them: what it builds has to be built anew',
      );
    }
    return next;
  }
  const isThere =
    place.logCreatedAt === createdAt && (await entryId(log, place.logSequence)) === place.eventId;
  if (isThere) return next;
  logger.warn({ consumer }, 'the stream has lost events: it is read from its start');
  return 1;
}
