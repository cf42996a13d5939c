import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Move } from '#contracts/strangler/move.js';
import { AppError } from '#platform/http/app-error.js';

/** Moves that come with the product, from the build as from the sources. */
const ownMoves = new URL('../migrations/moves/index.js', import.meta.url);

/**
 * Loads the moves of some capabilities: all that a sidecar knows of them.
 * @param modulePath module that exports `moves`; the product's own when undefined
 * @throws AppError `invalid_config` when one of them has no move
 */
export async function loadMoves(
  capabilities: readonly string[],
  modulePath: string | undefined,
): Promise<Move[]> {
  const url = modulePath === undefined ? ownMoves : pathToFileURL(resolve(modulePath));
  const { moves } = (await import(url.href)) as { moves: readonly Move[] };
  return capabilities.map((capability) => {
    const move = moves.find((one) => one.capability === capability);
    if (move) return move;
    const known = moves.map((one) => one.capability).join(', ');
    throw new AppError(
      'invalid_config',
      `SIDECAR_MOVES names ${capability}, but there are moves for ${known} only`,
    );
  });
}
