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
 * @returns stops it
 */
export function followOwners(
  nats: NatsConnection,
  capability: string,
  map: OwnerMap,
  onTrouble: (problem: string) => void,
): () => void {
  const stop = listenJson(
    nats,
    ownersSubject(capability),
    ownersSaidSchema,
    (said) => map.note(said),
    onTrouble,
  );
  const ask = async (side: Side): Promise<void> => {
    map.note(await requestJson(nats, ownershipSubject('rows', capability, side), {}, ownershipAnswerSchema));
  };
  for (const side of ['monolith', 'service'] as const)
    ask(side).catch((error: unknown) => onTrouble((error as Error).message));
  return stop;
}
