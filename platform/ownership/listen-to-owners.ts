import type { Side } from '#contracts/strangler/move.js';
import { type OwnersSaid, ownersSaidSchema, ownersSubject } from '#contracts/strangler/ownership.js';
import { listenJson, type NatsConnection } from '#platform/messaging/exchange-json.js';

/**
 * Hears what one side announces of its owners. The broker lets only that side's sidecar publish on the subject, so an
 * announcement that speaks for another side or capability is invalid.
 * @returns ends it
 */
export function listenToOwners(
  nats: NatsConnection,
  { capability, side }: { capability: string; side: Side },
  hear: (said: OwnersSaid) => void,
  onInvalid: (problem: string) => void,
): () => void {
  return listenJson(
    nats,
    ownersSubject(capability, side),
    ownersSaidSchema,
    (said) => {
      if (said.side === side && said.capability === capability) hear(said);
      else
        onInvalid(
          `the sidecar of ${capability} at the ${side} speaks for ${said.capability} at the ${said.side}`,
        );
    },
    onInvalid,
  );
}
