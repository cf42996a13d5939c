import type { Connection } from 'mysql2/promise';
import type { Move, Side } from '#contracts/strangler/move.js';
import { loadMoves } from '#platform/config/load-moves.js';
import { connectToGuard } from '#platform/trigger-guard/change-guard.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { notReachable } from '../output/exit-codes.js';

/** What all commands of the guard are told. */
export interface GuardOptions {
  side: Side;
  mysqlUrl: string;
  moves?: string;
}

/**
 * Connects to the database of one side, for as long as the work takes.
 * @throws AppError `not_reachable` when it does not answer or lets nobody in, `invalid_config` when there is no such move
 */
export async function withGuard<Result>(
  capability: string,
  { mysqlUrl, moves }: GuardOptions,
  work: (connection: Connection, move: Move) => Promise<Result>,
): Promise<Result> {
  const [move] = await loadMoves([capability], moves);
  const connection = await connectToGuard(mysqlUrl).catch((error: unknown) => {
    const { hostname, port, pathname } = new URL(mysqlUrl);
    throw notReachable(
      `The database ${pathname.slice(1)} at ${hostname}:${port || 3306} can't be reached: ${messageOf(error)}`,
      error,
    );
  });
  try {
    return await work(connection, move!);
  } finally {
    connection.destroy();
  }
}
