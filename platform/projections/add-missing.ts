import type { Sequelize } from 'sequelize';
import { runTransaction } from '#platform/database/run-transaction.js';
import type { Projection } from './projection.js';
import { findProjection } from './projection-rows.js';

/** Where looking for what is missing has come to, by source. */
export type MissingPlaces = Map<string, string | undefined>;

/**
 * Looks at one piece of each source that can hold what no event has told of (rows that were imported, or brought over
 * by a backfill, or whose events have expired), and adds what is missing to what is read. Behind the last piece it
 * begins again.
 */
export async function addMissing(
  database: Sequelize,
  projection: Projection,
  places: MissingPlaces,
): Promise<void> {
  const { liveBuild, nextBuild } = await findProjection(database, projection.name);
  if (liveBuild === 0) return;
  for (const { name, readMissing } of projection.sources) {
    const piece = await readMissing?.(places.get(name), liveBuild);
    places.set(name, piece?.after);
    if (piece === undefined || piece.size === 0) continue;
    await runTransaction(database, async (transaction) => {
      const lock = { kind: 'FOR UPDATE', transaction } as const;
      const now = await findProjection(database, projection.name, lock);
      // Switched meanwhile: the next turn looks at what is read by then.
      if (now.liveBuild !== liveBuild || now.nextBuild !== nextBuild) return;
      await piece.write(liveBuild, transaction);
    });
  }
}
