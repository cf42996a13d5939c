import type { Side } from '#contracts/strangler/move.js';
import { type BucketRow, type OwnersSaid, ownersSubject } from '#contracts/strangler/ownership.js';
import { type NatsConnection, publishJson } from '#platform/messaging/exchange-json.js';

/** Tells everybody what rows of this side's database say, as soon as they are committed. @param leaving and what follows: see `ownersSaidSchema` */
export function sayOwners(
  nats: NatsConnection,
  capability: string,
  side: Side,
  rows: readonly BucketRow[],
  leaving?: boolean,
  voidUpTo?: number,
): void {
  if (rows.length === 0) return;
  const said: OwnersSaid = {
    capability,
    side,
    rows: rows.map(({ bucket, state, epoch }) => ({ bucket, state, epoch })),
    ...(leaving === undefined ? {} : { leaving }),
    ...(voidUpTo === undefined ? {} : { voidUpTo }),
  };
  publishJson(nats, ownersSubject(capability, side), said);
}
