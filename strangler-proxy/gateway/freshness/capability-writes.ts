import type { Side } from '#contracts/strangler/move.js';
import type { WriteNotice } from '#contracts/strangler/written-keys.js';
import type { ConsistencyConfig } from '../config/gateway-config.js';
import type { CapabilityOwners } from '../owners/capability-owners.js';
import { type RecentWrites, trackRecentWrites } from './recent-writes.js';
import { followReplica, type ReplicaFreshness } from './replica-freshness.js';

/** What one gateway knows of the recent writes of one capability, and of both sides' replicas. */
export interface CapabilityWrites {
  capability: string;
  replicas: Record<Side, ReplicaFreshness>;
  /** Takes in what another gateway says of a write. */
  note(notice: WriteNotice): void;
  /** The same for a write of this gateway, which others must be told of again while its outcome is open. */
  noteOwn(notice: WriteNotice): void;
  /** This gateway's own writes that others must be told of again. */
  stillOpen(): WriteNotice[];
  rejoin(): void;
  cutOff(): void;
}

/** So many own writes are kept without looking for those that are over. */
const fewOwn = 1_000;

/**
 * Every write is tracked for both sides, whichever took it: a side that owns the key is read without asking here, and
 * for the other one it doesn't matter who told it.
 */
export function createCapabilityWrites(
  capability: string,
  limits: ConsistencyConfig,
  owners: CapabilityOwners | undefined,
  now: () => number,
): CapabilityWrites {
  const writes = { monolith: trackRecentWrites(limits), service: trackRecentWrites(limits) };
  const replicas = {
    monolith: followReplica(limits, writes.monolith, now),
    service: followReplica(limits, writes.service, now),
  };
  const own = new Map<string, WriteNotice>();
  /** How many there may be before those that are over are looked for. */
  let lookFrom = fewOwn;

  function note(notice: WriteNotice): void {
    learnOwner(notice);
    noteOn(writes.monolith, notice);
    noteOn(writes.service, notice);
  }

  /** The side that took a write owns its keys: news that may come before the owner's own. */
  function learnOwner({ keys, takenBy }: WriteNotice): void {
    if (!owners || !takenBy || keys === 'all') return;
    for (const key of keys) owners.taken(owners.bucketOf(key), takenBy);
  }

  /** Forgets own writes whose outcome nobody knew, once they can't happen any more. */
  function forgetOver(): void {
    const passed = Math.min(writes.monolith.appliedUpTo, writes.service.appliedUpTo);
    for (const [write, { state, at }] of own) {
      // A side that is never heard of is never read either: it must not keep this for ever.
      const over = Math.max(passed, now() - limits.unknownOutcome);
      if (state === 'unknown' && at + limits.unknownOutcome < over) own.delete(write);
    }
    lookFrom = Math.max(fewOwn, own.size * 2);
  }

  return {
    capability,
    replicas,
    note,
    noteOwn(notice) {
      note(notice);
      if (notice.state === 'intended' || notice.state === 'unknown') own.set(notice.write, notice);
      else own.delete(notice.write);
      if (own.size >= lookFrom) forgetOver();
    },
    stillOpen() {
      forgetOver();
      return [...own.values()];
    },
    rejoin() {
      replicas.monolith.rejoin();
      replicas.service.rejoin();
    },
    cutOff() {
      replicas.monolith.cutOff();
      replicas.service.cutOff();
    },
  };
}

function noteOn(writes: RecentWrites, { write, keys, state, at }: WriteNotice): void {
  if (state === 'intended') writes.intend(write, keys, at);
  else if (state === 'answered') writes.answered(write, keys, at);
  else if (state === 'unknown') writes.unknown(write, keys, at);
  else writes.withdraw(write);
}
