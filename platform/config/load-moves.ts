import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Move } from '#contracts/strangler/move.js';
import { AppError } from '#platform/errors/app-error.js';
import { messageOf } from '#platform/telemetry/message-of.js';

/** Moves that come with the product, from the build as from the sources. */
const ownMoves = new URL('../../migrations/moves/index.js', import.meta.url);

/**
 * Loads the moves of some capabilities: all that a program knows of them.
 * @param modulePath module that exports `moves`; the product's own when undefined
 * @throws AppError `invalid_config` when one of them has no move, or the module can't be loaded
 */
export async function loadMoves(
  capabilities: readonly string[],
  modulePath: string | undefined,
): Promise<Move[]> {
  const moves = await movesOf(modulePath);
  return capabilities.map((capability) => {
    const move = moves.find((one) => one.capability === capability);
    if (move) return move;
    const known = moves.map((one) => one.capability).join(', ');
    throw new AppError(
      'invalid_config',
      `There is no move for ${capability} in ${modulePath ?? "the product's own moves"}, but for ${known} only`,
    );
  });
}

async function movesOf(modulePath: string | undefined): Promise<readonly Move[]> {
  const url = modulePath === undefined ? ownMoves : pathToFileURL(resolve(modulePath));
  try {
    const { moves } = (await import(url.href)) as { moves?: readonly Move[] };
    if (Array.isArray(moves)) return moves as readonly Move[];
  } catch (cause) {
    throw new AppError(
      'invalid_config',
      `The moves in ${modulePath ?? url.href} can't be loaded: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
  throw new AppError('invalid_config', `${modulePath ?? url.href} exports no list "moves"`);
}
