import type { ReplicaStatus } from '#contracts/strangler/gateway-status.js';
import type { Side } from '#contracts/strangler/move.js';
import type { WriteNotice, WrittenKeys } from '#contracts/strangler/written-keys.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { guarded } from '#platform/telemetry/guarded.js';
import type { ConsistencyConfig } from '../config/gateway-config.js';
import type { CapabilityOwners } from '../owners/capability-owners.js';
import { createAnnouncer, watchSequences } from './announcer.js';
import { createCapabilityWrites, type CapabilityWrites } from './capability-writes.js';
import type { Freshness } from './freshness.js';
import { createHearing } from './hearing.js';
import { listenForFreshness } from './listen-for-freshness.js';
import { beatEvery } from './replica-freshness.js';
import { trackWrites } from './track-writes.js';

/** Freshness of all capabilities of one gateway, fed by NATS. */
export interface KeptFresh extends Freshness {
  connected(nats: NatsConnection): void;
  cutOff(): void;
  status(capability: string, side: Side): ReplicaStatus | null;
  close(): void;
}

export interface KeepFreshOptions {
  gateway: string;
  /** Capabilities whose sides hold replicas of each other's data. */
  capabilities: ReadonlyMap<string, ConsistencyConfig>;
  ownersOf: (capability: string) => CapabilityOwners | undefined;
  /** Told that announcements of other gateways were missed, that may have said who took a write. */
  onMissed: (capability: string) => void;
  /** Longest wait for what other gateways have said, in milliseconds. */
  hearingLimit: number;
  logger: Logger;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Milliseconds of silence after which no other gateway is there any more; they speak at each beat. */
const aloneAfter = 20 * beatEvery;

/** Keeps clients from reading older than they wrote, through any gateway. */
export function keepFresh(options: KeepFreshOptions): KeptFresh {
  const { gateway, capabilities, ownersOf, logger, now } = options;
  const announcer = createAnnouncer(gateway);
  const kept = new Map<string, CapabilityWrites>(
    [...capabilities].map(([name, limits]) => [
      name,
      createCapabilityWrites(name, limits, ownersOf(name), now),
    ]),
  );
  const missed = watchSequences((capability) => {
    kept.get(capability)?.rejoin();
    options.onMissed(capability);
  }, now);
  const hearing = createHearing(options.hearingLimit);
  let othersHeardAt = Number.NEGATIVE_INFINITY;

  function hear(message: WrittenKeys): void {
    const one = kept.get(message.capability);
    if (!one || message.gateway === gateway) return;
    othersHeardAt = now();
    missed(message);
    for (const notice of message.writes) one.note({ ...notice, write: `${message.gateway} ${notice.write}` });
  }

  function beat(): void {
    for (const one of kept.values()) announcer.say(one.capability, one.stillOpen());
  }

  function say(one: CapabilityWrites, notice: WriteNotice): void {
    one.noteOwn(notice);
    announcer.say(one.capability, [notice]);
  }

  const timer = setInterval(guarded('announcing open writes', beat), beatEvery);
  timer.unref();

  return {
    replicaOf: (capability, side) => kept.get(capability)?.replicas[side],
    // A gateway that is alone has nobody to listen to; another one speaks as soon as it is connected.
    whenHeard: (callback) =>
      now() - othersHeardAt > aloneAfter ? callback(true) : hearing.whenHeard(callback),
    // The server's sign of life comes behind what it was told, too.
    beginWrite: trackWrites({ kept, say, whenSaid: (callback) => hearing.whenHeard(() => callback()), now }),
    status: (capability, side) => kept.get(capability)?.replicas[side].status() ?? null,
    connected(nats) {
      announcer.connected(nats);
      hearing.connected(nats);
      for (const one of kept.values()) one.rejoin();
      listenForFreshness(nats, kept, hear, logger);
      beat();
    },
    cutOff() {
      announcer.cutOff();
      hearing.cutOff();
      for (const one of kept.values()) one.cutOff();
    },
    close: () => clearInterval(timer),
  };
}
