import type { VetoableRow } from '#contracts/strangler/ownership.js';
import { changeState } from '../journal/change-state.js';
import type { Leader } from '../fence/fence.js';
import { type BothSides, bucketsOf, ownedTwice } from '../sides/both-sides.js';
import type { CapabilityParts } from '../capability/capability-parts.js';
import { itself } from './pause.js';

/**
 * Stops a capability of which both sides own a bucket, once their locked rows say so.
 * @returns whether it did
 */
export async function stopIfOwnedTwice(
  { capability, sidecars, logger }: CapabilityParts,
  leader: Leader,
  sides: BothSides,
): Promise<boolean> {
  const suspects = ownedTwice(bucketsOf(sides));
  if (suspects.length === 0) return false;
  const [monolith, service] = await Promise.all(
    (['monolith', 'service'] as const).map(async (side) =>
      ownedIn(await sidecars.lockedRows(side, suspects)),
    ),
  );
  const confirmed = suspects.filter((bucket) => monolith?.has(bucket) && service?.has(bucket));
  if (confirmed.length === 0) return false;
  const reason =
    `both sides own bucket ${confirmed.join(', ')} of ${capability}: two sides take writes. Was a database restored, or failed over to a ` +
    `copy that lacks a release? Stop the writes, compare the rows with "npx strangler data verify ${capability}", and set the row of the side that is wrong to released`;
  logger.fatal({ capability, buckets: confirmed }, reason);
  await changeState(
    leader,
    capability,
    { stoppedReason: reason },
    { who: itself, action: 'stop', reason, expectedVersion: undefined },
  );
  return true;
}

function ownedIn(rows: readonly VetoableRow[]): Set<number> {
  return new Set(rows.flatMap(({ bucket, state }) => (state === 'owned' ? [bucket] : [])));
}
