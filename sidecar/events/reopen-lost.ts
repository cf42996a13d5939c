import { entryId, type OrderedLog } from '#platform/messaging/ordered-log.js';
import type { Connection } from '../database/connect-mysql.js';
import { newestPublished, type PublishedRow, reopenFrom } from './outbox-rows.js';

/**
 * Makes events open again that the stream has lost: those behind the last that is still there. A broker that crashes
 * loses the end of a stream, never a piece within it.
 * @param firstSequence oldest entry of the stream; what was before has had its time
 * @returns how many
 */
export async function reopenLost(
  connection: Connection,
  capability: string,
  log: OrderedLog,
  firstSequence: number,
): Promise<number> {
  const newest = await newestPublished(connection, capability);
  if (newest === undefined) return 0;
  const isThere = async ({ eventId, logSequence }: PublishedRow): Promise<boolean> =>
    logSequence < firstSequence || (await entryId(log, logSequence)) === eventId;
  if (await isThere(newest)) return 0;

  /** Up to here all is there, from there on all is lost. */
  let there = 0;
  let lost = newest.logSequence;
  while (lost - there > 1) {
    const middle = Math.floor((there + lost) / 2);
    const row = await newestPublished(connection, capability, middle);
    if (row === undefined || row.logSequence <= there || (await isThere(row))) there = middle;
    else lost = row.logSequence;
  }
  return reopenFrom(connection, capability, lost);
}
