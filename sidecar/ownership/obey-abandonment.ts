import { ownersSaidSchema, ownersSubject } from '#contracts/strangler/ownership.js';
import type { Move, Side } from '#contracts/strangler/move.js';
import { listenJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import { watchConnection } from '#platform/messaging/watch-connection.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { keepHearing } from './heard-lately.js';
import { sayOwners } from './say-owners.js';
import { letGoOfVoid } from './void-epochs.js';

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
  let letGo = 0;

  /** What was given to this side before is let go of before anything else is taken. */
  async function obey(voidUpTo: number): Promise<void> {
    if (voidUpTo > letGo) {
      const rows = await letGoOfVoid(url, capability, voidUpTo);
      if (!rows) throw new Error('the ownership rows are held by others');
      letGo = voidUpTo;
      sayOwners(nats, capability, side, rows);
      if (rows.length > 0)
        logger.error(
          { voidUpTo, buckets: rows.length },
          'this side was abandoned: it owns nothing until it is filled again',
        );
    }
    hearing.heard();
  }

  const stops = [
    watchConnection(nats).onDisconnect(() => hearing.lost()),
    listenJson(
      nats,
      ownersSubject(capability),
      ownersSaidSchema,
      ({ side: said, voidUpTo }) => {
        if (said === side || voidUpTo === undefined) return;
        obey(voidUpTo).catch((error: unknown) =>
          logger.error({ err: error }, 'buckets that were taken back could not be let go; it is tried again'),
        );
      },
      () => undefined,
    ),
    () => hearing.end(),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
