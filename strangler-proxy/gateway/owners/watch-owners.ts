import { followOwners } from '#platform/ownership/follow-owners.js';
import type { OwnerMap } from '#platform/ownership/owner-map.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { type CapabilityOwners, ownersOf } from './capability-owners.js';

/** Owners of all capabilities whose sides have data of their own, fed by what the sidecars say. */
export interface WatchedOwners {
  of(capability: string): CapabilityOwners | undefined;
  /** News of this capability's owners arrive here; otherwise they are only learned by asking sides for writes. */
  hears(capability: string): boolean;
  /** Resolves once all that can be known at a start is known, or after `limit` milliseconds. */
  untilKnown(limit: number): Promise<void>;
  connected(nats: NatsConnection): void;
  cutOff(): void;
  close(): void;
}

export function watchOwners(capabilities: Iterable<string>, logger: Logger): WatchedOwners {
  const owners = new Map([...capabilities].map((name) => [name, ownersOf(name)] as const));
  const unanswered = new Set(owners.keys());
  let stops: (() => void)[] = [];
  let connected = false;
  let settled = () => {};
  const known = new Promise<void>((resolve) => (settled = resolve));
  if (owners.size === 0) settled();

  function answered(capability: string): void {
    unanswered.delete(capability);
    if (unanswered.size === 0) settled();
  }

  function follow(nats: NatsConnection, capability: string, { map }: CapabilityOwners): () => void {
    const note: OwnerMap['note'] = (said) => {
      map.note(said);
      if (map.complete()) answered(capability);
    };
    return followOwners(nats, capability, { ...map, note }, (problem) => {
      if (unanswered.has(capability))
        logger.warn({ capability, problem }, 'not all is known of who owns what; writes find out by asking');
      answered(capability);
    });
  }

  function unfollow(): void {
    for (const stop of stops) stop();
    stops = [];
  }

  return {
    of: (capability) => owners.get(capability),
    hears: (capability) => connected && owners.get(capability)?.map.complete() === true,
    untilKnown: (limit) =>
      Promise.race([known, new Promise<void>((resolve) => setTimeout(resolve, limit).unref())]),
    connected(nats) {
      connected = true;
      unfollow();
      stops = [...owners].map(([capability, one]) => follow(nats, capability, one));
    },
    cutOff: () => void (connected = false),
    close: unfollow,
  };
}
