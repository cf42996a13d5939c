import type { Side } from '#contracts/strangler/move.js';
import {
  ownershipAnswerSchema,
  ownershipSubject,
  ownersSaidSchema,
  ownersSubject,
} from '#contracts/strangler/ownership.js';
import { listenJson, type NatsConnection, requestJson } from '#platform/messaging/exchange-json.js';
import type { OwnerMap } from './owner-map.js';

/**
 * Feeds a map with what the sidecars say: asked once for all rows, then heard. What is missed is said again within
 * a second.
 * @param onTrouble told of what can't be understood, and of a side that does not answer at once
 */
export function followOwners(
  nats: NatsConnection,
  capability: string,
  map: OwnerMap,
  onTrouble: (problem: string) => void,
): FollowedOwners {
  let stopped = false;
  const unsubscribe = listenJson(
    nats,
    ownersSubject(capability),
    ownersSaidSchema,
    (said) => map.note(said),
    onTrouble,
  );
  const ask = async (side: Side): Promise<void> => {
    const subject = ownershipSubject('rows', capability, side);
    const answer = await requestJson(nats, subject, {}, ownershipAnswerSchema);
    if (!stopped) map.note(answer);
  };
  const asked = (['monolith', 'service'] as const).map((side) =>
    ask(side).catch((error: unknown) => onTrouble((error as Error).message)),
  );
  return {
    asked: Promise.all(asked),
    stop() {
      stopped = true;
      unsubscribe();
    },
  };
}

export interface FollowedOwners {
  /** Resolves once both sides have answered, or will not. */
  asked: Promise<unknown>;
  stop(): void;
}
