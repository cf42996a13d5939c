import { bucketCount } from '#contracts/strangler/ownership.js';
import type { Side } from '#contracts/strangler/move.js';
import { askSidecar, type FollowedOwners, followOwners } from '#platform/ownership/follow-owners.js';
import type { OwnerMap } from '#platform/ownership/owner-map.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import type { Logger } from '#platform/telemetry/logger.js';
import type { ProgramAnswer } from './ask-program.js';
import { type CapabilityOwners, ownersOf } from './capability-owners.js';
import { createOwnerBackup, type KeptOwners } from './owner-backup.js';
import { createInquiry, type Inquiry } from './inquire-owners.js';
import { settleHints } from './settle-hints.js';

/** Owners of all capabilities whose sides have data of their own, fed by what the sidecars say. */
export interface WatchedOwners {
  of(capability: string): CapabilityOwners | undefined;
  /** News of this capability's owners arrive here; otherwise they are only learned by asking sides for writes. */
  hears(capability: string): boolean;
  /** Resolves once all that can be known at a start is known, or after `limit` milliseconds. */
  untilKnown(limit: number): Promise<void>;
  /**
   * Calls back once the home of a bucket is known, or of all buckets where none is named; with false if neither sidecars nor
   * programs can tell. @returns stops it
   */
  whenKnown(capability: string, bucket: number | undefined, answer: (known: boolean) => void): () => void;
  connected(nats: NatsConnection): void;
  /** Announcements of other gateways were missed: both sides have to report again. */
  missed(capability: string): void;
  cutOff(): void;
  close(): void;
}

export interface WatchOptions {
  capabilities: Iterable<string>;
  /** Asks the program on one side, for a sidecar that is silent. */
  askProgram: (capability: string, side: Side) => Promise<ProgramAnswer>;
  /** Where the last known owners survive a restart, and of which system they are. */
  backup: { folder: string; system: string } | undefined;
  logger: Logger;
}

export function watchOwners(options: WatchOptions): WatchedOwners {
  const { askProgram, logger } = options;
  const owners = new Map([...options.capabilities].map((name) => [name, ownersOf(name)] as const));
  const inquiries = new Map<string, Inquiry>(
    [...owners].map(([capability, one]) => [
      capability,
      createInquiry(one, (side) => askProgram(capability, side)),
    ]),
  );
  const settling = [...owners].map(([capability, { map }]) =>
    settleHints(map, (side) => askRows(capability, side)),
  );
  const backup = options.backup && createOwnerBackup({ ...options.backup, current: lastKnown, logger });
  const heard = new Map([...owners.keys()].map((name) => [name, new Set<Side>()] as const));
  const unanswered = new Set(owners.keys());
  let following = new Map<string, FollowedOwners>();
  let link: NatsConnection | undefined;
  let settled = () => {};
  const known = new Promise<void>((resolve) => (settled = resolve));
  if (owners.size === 0) settled();
  takeKept();

  function takeKept(): void {
    for (const [capability, kept] of Object.entries(backup?.read() ?? {}))
      for (const side of ['monolith', 'service'] as const) owners.get(capability)?.map.keep(side, kept[side]);
    if (backup) for (const one of owners.values()) one.onChange(backup.keepSoon);
  }

  function lastKnown(): KeptOwners {
    return Object.fromEntries(
      [...owners].map(([capability, { map }]) => [
        capability,
        { monolith: map.rowsOf('monolith'), service: map.rowsOf('service') },
      ]),
    );
  }

  async function askRows(capability: string, side: Side): Promise<ProgramAnswer> {
    const asked = link && askSidecar(link, capability, side).catch(() => undefined);
    return (await asked) ?? askProgram(capability, side);
  }

  function answered(capability: string): void {
    unanswered.delete(capability);
    if (unanswered.size === 0) settled();
  }

  function follow(nats: NatsConnection, capability: string, { map }: CapabilityOwners): FollowedOwners {
    heard.get(capability)?.clear();
    map.rejoin();
    const note: OwnerMap['note'] = (said, readAfter) => {
      map.note(said, readAfter);
      if (said.rows.length === bucketCount) heard.get(capability)?.add(said.side);
      if (map.complete()) answered(capability);
    };
    const followed = followOwners(nats, capability, { ...map, note }, (problem) => {
      if (unanswered.has(capability))
        logger.warn({ capability, problem }, 'not all is known of who owns what; programs are asked instead');
      answered(capability);
    });
    inquiries.get(capability)?.sidecarsAsked(followed.asked);
    return followed;
  }

  function refollow(capability: string): void {
    const one = owners.get(capability);
    if (!link || !one) return;
    following.get(capability)?.stop();
    following.set(capability, follow(link, capability, one));
  }

  function unfollow(): void {
    for (const { stop } of following.values()) stop();
    following = new Map();
  }

  return {
    of: (capability) => owners.get(capability),
    hears: (capability) => link !== undefined && heard.get(capability)?.size === 2,
    untilKnown: (limit) =>
      Promise.race([known, new Promise<void>((resolve) => setTimeout(resolve, limit).unref())]),
    whenKnown(capability, bucket, answer) {
      const inquiry = inquiries.get(capability);
      if (inquiry) return inquiry.whenKnown(bucket, answer);
      answer(true);
      return () => undefined;
    },
    connected(nats) {
      link = nats;
      for (const capability of owners.keys()) refollow(capability);
    },
    missed: refollow,
    cutOff: () => void (link = undefined),
    close() {
      unfollow();
      for (const { close } of settling) close();
      backup?.close();
    },
  };
}
