import { type Move, otherSide, type Side } from '#contracts/strangler/move.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { watchConnection } from '#platform/messaging/watch-connection.js';
import { listenToOwners } from '#platform/ownership/listen-to-owners.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { type Connection, connectMysql } from '../database/connect-mysql.js';
import { keepHearing } from './heard-lately.js';
import { sayOwners } from './say-owners.js';
import { hasLetGoOfVoid, letGoOfVoid } from './void-epochs.js';

/**
 * Listens, beside the service's database, for whether that side was abandoned, and lets go of what is void then. Until the
 * monolith's side was heard no token is taken. Every instance does so, whoever answers: any of them may be the one that applies.
 * @returns ends it
 */
export function obeyAbandonment({
  url,
  move: { capability },
  side,
  nats,
  logger,
}: {
  url: string;
  move: Pick<Move, 'capability'>;
  side: Side;
  nats: NatsConnection;
  logger: Logger;
}): () => void {
  const hearing = keepHearing(url, capability);
  let looking: Promise<Connection> | undefined;

  /**
   * What was given to this side before is let go of before anything else is taken. The database is asked each time: it may
   * have been put back to a backup that has not let go.
   */
  async function obey(voidUpTo: number): Promise<void> {
    if (voidUpTo > 0 && !(await hasLetGoHere(voidUpTo))) {
      const rows = await letGoOfVoid(url, capability, voidUpTo);
      if (!rows) throw new Error('the ownership rows are held by others');
      sayOwners(nats, capability, side, rows);
      if (rows.length > 0)
        logger.error(
          { voidUpTo, buckets: rows.length },
          'this side was abandoned: it owns nothing until it is filled again',
        );
    }
    hearing.heard(voidUpTo);
  }

  async function hasLetGoHere(voidUpTo: number): Promise<boolean> {
    looking ??= connectMysql(url);
    try {
      return await hasLetGoOfVoid(await looking, capability, voidUpTo);
    } catch (error) {
      stopLooking();
      throw error;
    }
  }

  function stopLooking(): void {
    looking?.then((connection) => connection.destroy()).catch(() => undefined);
    looking = undefined;
  }

  const stops = [
    watchConnection(nats).onDisconnect(() => hearing.lost()),
    listenToOwners(
      nats,
      { capability, side: otherSide(side) },
      ({ voidUpTo }) => {
        if (voidUpTo === undefined) return;
        obey(voidUpTo).catch((error: unknown) =>
          logger.error({ err: error }, 'buckets that were taken back could not be let go; it is tried again'),
        );
      },
      () => undefined,
    ),
    () => hearing.end(),
    stopLooking,
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
