import type { ReleaseAnswer, releaseRequestSchema, VetoableRow } from '#contracts/strangler/ownership.js';
import { isAtLeast } from '#contracts/strangler/retirement.js';
import { guarded } from '#platform/telemetry/guarded.js';
import type { z } from 'zod';
import { type Connection, connectMysql } from '../database/connect-mysql.js';
import { connectToChange, isContention } from './change-owners.js';
import { type BlockerWatch, watchBlockers } from './name-blockers.js';
import { readRetirement } from '../state/retirement-row.js';
import { ownersTable, perBucket, readOwners } from '../state/owner-rows.js';

type Request = z.output<typeof releaseRequestSchema>;

/** What one release has come to. */
interface Course {
  /** From here on it may not commit any more. */
  abandoned: boolean;
  /** From here on nobody can say that it does not. */
  committing: boolean;
}

/**
 * Releases buckets together, each only if it is owned with the epoch that the request names. It waits for the writes in
 * flight, and new ones queue behind it; when patience is over it leaves all as it was. That is certain, since the
 * transaction is ended, and only this process could have asked it to commit.
 * @param onTrouble told of what keeps it from naming blockers
 * @throws when the database fails; then nobody knows more than the rows tell
 */
export async function releaseBuckets(
  url: string,
  capability: string,
  request: Request,
  onTrouble: (error: unknown) => void,
): Promise<ReleaseAnswer> {
  const startedAt = Date.now();
  const killAt = request.killBlockers ? startedAt + request.patience / 2 : undefined;
  const connection = await connectToChange(url);
  const watch = watchBlockers(url, connection.threadId, killAt, onTrouble);
  const course: Course = { abandoned: false, committing: false };
  const giveUp = setTimeout(
    guarded('giving a release up', () => abandon(course, watch, onTrouble)),
    request.patience,
  );
  try {
    const rows = await releaseOrGiveUp(connection, capability, request, course);
    const advice = watch.advice();
    return {
      outcome: rows ? 'released' : 'gave-up',
      rows: rows ?? (await rowsNow(url, capability, request)),
      blockers: watch.seen(),
      ...(advice === undefined ? {} : { advice }),
    };
  } finally {
    clearTimeout(giveUp);
    watch.stop();
    connection.destroy();
  }
}

/** The server would let it wait for up to a second more, while writers queue behind it. */
function abandon(course: Course, watch: BlockerWatch, onTrouble: (error: unknown) => void): void {
  if (course.committing) return;
  course.abandoned = true;
  watch.end().catch(onTrouble);
}

async function releaseOrGiveUp(
  connection: Connection,
  capability: string,
  request: Request,
  course: Course,
): Promise<VetoableRow[] | undefined> {
  while (!course.abandoned) {
    try {
      await connection.beginTransaction();
      const rest = await markReleased(connection, capability, request);
      if (course.abandoned) return undefined;
      course.committing = true;
      await connection.commit();
      return rest ?? (await readOwners(connection, capability, bucketsOf(request.buckets), 'plain'));
    } catch (error) {
      if (course.abandoned) return undefined;
      if (course.committing || !isContention(error)) throw error;
      await connection.rollback();
    }
  }
  return undefined;
}

/**
 * @returns the rows as they are under their locks, unless all are released now: then writers wait already, and what they
 *   are can be asked later
 */
async function markReleased(
  connection: Connection,
  capability: string,
  { buckets }: Request,
): Promise<VetoableRow[] | undefined> {
  const expected = perBucket(new Map(buckets.map(({ bucket, expected: epoch }) => [bucket, epoch])));
  const asked = bucketsOf(buckets);
  const [result] = await connection.query(
    `UPDATE ${ownersTable(capability)} SET state = 'released', epoch = epoch + 1, changed_at = UTC_TIMESTAMP(3)
     WHERE bucket IN (?) AND state = 'owned' AND epoch = ${expected.sql} ORDER BY bucket`,
    [asked, ...expected.values],
  );
  // Whoever ends the capability holds these rows: it is done before, and seen here, or finds them released.
  if (isAtLeast(await readRetirement(connection, capability, 'shared'), 'ended'))
    throw new Error(`${capability} was completed: its buckets stay where they are`);
  if ((result as { affectedRows: number }).affectedRows === asked.length) return undefined;
  return readOwners(connection, capability, asked, 'exclusive');
}

async function rowsNow(url: string, capability: string, { buckets }: Request): Promise<VetoableRow[]> {
  const connection = await connectMysql(url);
  try {
    return await readOwners(connection, capability, bucketsOf(buckets), 'plain');
  } finally {
    connection.destroy();
  }
}

function bucketsOf(buckets: Request['buckets']): number[] {
  return [...new Set(buckets.map(({ bucket }) => bucket))];
}
