import type { Side } from '#contracts/strangler/move.js';
import {
  type OwnershipAnswer,
  ownershipAnswerSchema,
  ownershipSubject,
} from '#contracts/strangler/ownership.js';
import { type NatsConnection, requestJson } from '#platform/messaging/exchange-json.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { listenToOwners } from './listen-to-owners.js';
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
  const sides = ['monolith', 'service'] as const;
  const stops = sides.map((side) =>
    listenToOwners(nats, { capability, side }, (said) => map.note(said), onTrouble),
  );
  const ask = async (side: Side): Promise<void> => {
    const moment = map.moment();
    const answer = await askSidecar(nats, capability, side);
    if (!stopped) map.note(answer, moment);
  };
  const asked = sides.map((side) => ask(side).catch((error: unknown) => onTrouble(messageOf(error))));
  return {
    asked: Promise.all(asked),
    stop() {
      stopped = true;
      for (const stop of stops) stop();
    },
  };
}

/** Asks the sidecar of one side for all rows. @throws when it does not answer in time */
export function askSidecar(nats: NatsConnection, capability: string, side: Side): Promise<OwnershipAnswer> {
  return requestJson(nats, ownershipSubject('rows', capability, side), {}, ownershipAnswerSchema);
}

export interface FollowedOwners {
  /** Resolves once both sides have answered, or will not. */
  asked: Promise<unknown>;
  stop(): void;
}
