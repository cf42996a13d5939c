import { setTimeout as sleep } from 'node:timers/promises';
import type { Sequelize } from 'sequelize';
import type { Projection } from './projection.js';
import { findProjection } from './projection-rows.js';

/** Rows that are deleted at once: the log of the database gets them with all of their columns. */
const pieceRows = 500;
/** Pieces of one turn: whoever asks for a new build waits for no more than these. */
const piecesOfTurn = 20;
/** Shortest rest between two pieces, in milliseconds. */
const shortestRest = 100;

/**
 * Deletes some rows of builds that are not read any more: a build that was begun is always ended, so what has a lower number
 * than what is read, nobody reads again. Nobody waits for it: it rests after each piece for at least as long as that took,
 * and leaves what remains to the next turn.
 */
export async function clearOldBuilds(
  database: Sequelize,
  projection: Projection,
  signal: AbortSignal,
): Promise<void> {
  const { liveBuild } = await findProjection(database, projection.name);
  for (let piece = 1; piece <= piecesOfTurn && !signal.aborted; piece += 1) {
    const began = performance.now();
    if ((await projection.clear(liveBuild, pieceRows)) < pieceRows) return;
    const rest = Math.max(shortestRest, performance.now() - began);
    await sleep(rest, undefined, { signal }).catch(() => undefined);
  }
}
