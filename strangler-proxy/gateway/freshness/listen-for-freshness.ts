import { appliedUpToSchema, appliedUpToSubject } from '#contracts/strangler/applied-up-to.js';
import {
  type WrittenKeys,
  writtenKeysSchema,
  writtenKeysSubject,
} from '#contracts/strangler/written-keys.js';
import { listenJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import type { Logger } from '#platform/telemetry/logger.js';
import type { CapabilityWrites } from './capability-writes.js';

/** Connections that are listened to already: a reconnect keeps its subscriptions. */
const heard = new WeakSet<NatsConnection>();

/** Hears what other gateways write, and how far the replicas on both sides have come. */
export function listenForFreshness(
  nats: NatsConnection,
  kept: ReadonlyMap<string, CapabilityWrites>,
  hear: (message: WrittenKeys) => void,
  logger: Logger,
): void {
  if (heard.has(nats)) return;
  heard.add(nats);
  for (const [capability, { replicas }] of kept) {
    const onInvalid = (problem: string) =>
      logger.warn(
        { capability, problem },
        'a message about freshness could not be read; reads go to the owner meanwhile',
      );
    listenJson(nats, writtenKeysSubject(capability), writtenKeysSchema, hear, onInvalid);
    for (const side of ['monolith', 'service'] as const) {
      const subject = appliedUpToSubject(capability, side);
      listenJson(
        nats,
        subject,
        appliedUpToSchema,
        (said) => replicas[side].applied(said.writtenAt),
        onInvalid,
      );
    }
  }
}
