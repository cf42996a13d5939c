import type { HeldBackReason, ReplicaStatus } from '#contracts/strangler/gateway-status.js';
import { guarded } from '#platform/telemetry/guarded.js';
import type { ConsistencyConfig } from '../config/gateway-config.js';
import type { ReplicaReads } from './freshness.js';
import type { RecentWrites } from './recent-writes.js';

/** What one gateway knows of one side's replica of a capability. */
export interface ReplicaFreshness extends ReplicaReads {
  /** The replica holds all that the other side committed before `writtenAt` by the clock of that side's sidecar. */
  applied(writtenAt: number): void;
  /** From now on this gateway hears nothing of what others write. */
  cutOff(): void;
  /** It hears others again, or may have missed something of what they said. */
  rejoin(): void;
  status(): ReplicaStatus;
}

/** How often gateways repeat what is still open, in milliseconds: what was missed is known again after this time. */
export const beatEvery = 500;

interface Waiter {
  target: number;
  answer: (reason: HeldBackReason | undefined) => void;
  timer: NodeJS.Timeout;
}

/** Follows one replica. @param now milliseconds since 1970 */
export function followReplica(
  limits: ConsistencyConfig,
  writes: RecentWrites,
  now: () => number,
): ReplicaFreshness {
  const waiters = new Set<Waiter>();
  let latest: { writtenAt: number; heardAt: number } | undefined;
  let hears = false;
  /** Until the replica has passed this, writes of others may be unknown here. */
  let trustFrom = Number.POSITIVE_INFINITY;

  function whyNoKey(): HeldBackReason | undefined {
    if (!hears) return 'cut-off';
    const time = now();
    if (
      !latest ||
      time - latest.writtenAt > limits.maxStaleness ||
      time - latest.heardAt > limits.maxStaleness
    )
      return 'stale';
    return writes.appliedUpTo > trustFrom ? undefined : 'cut-off';
  }

  function settle(waiter: Waiter, reason: HeldBackReason | undefined): void {
    clearTimeout(waiter.timer);
    waiters.delete(waiter);
    waiter.answer(reason);
  }

  function waitUntilPast(target: number, longest: number, answer: Waiter['answer']): () => void {
    const waiter: Waiter = {
      target,
      answer,
      timer: setTimeout(
        guarded('a wait for a replica', () => settle(waiter, 'waited')),
        longest,
      ),
    };
    waiters.add(waiter);
    return () => {
      clearTimeout(waiter.timer);
      waiters.delete(waiter);
    };
  }

  return {
    whyNot(key) {
      const reason = whyNoKey();
      if (reason) return reason;
      return key === undefined || writes.isHeld(key) ? 'written' : undefined;
    },
    lacks: (key) => writes.isHeld(key),
    whenCaughtUp({ wait, upTo }, answer) {
      const reason = whyNoKey();
      const time = now();
      const target = upTo === 'all' ? writes.mustPass(time) : writes.mustPassAnswered(time);
      if (reason || writes.appliedUpTo > target) answer(reason);
      else if (target > time + wait) answer('written');
      else return waitUntilPast(target, wait, answer);
      return () => undefined;
    },
    applied(writtenAt) {
      const heardAt = now();
      latest = { writtenAt: Math.max(writtenAt, latest?.writtenAt ?? writtenAt), heardAt };
      // A time that has not come yet here shows that this clock is behind the sidecar's, at least by so much.
      const ahead = Math.max(0, writtenAt - heardAt);
      writes.applied(writtenAt - limits.clockSkewAllowance - ahead);
      for (const waiter of [...waiters]) if (writes.appliedUpTo > waiter.target) settle(waiter, undefined);
    },
    cutOff() {
      hears = false;
      for (const waiter of [...waiters]) settle(waiter, 'cut-off');
    },
    rejoin() {
      hears = true;
      trustFrom = now() + 2 * beatEvery;
    },
    status: () => ({
      state: stateOf(whyNoKey(), hears),
      lagMs: latest ? Math.max(0, now() - latest.writtenAt) : null,
      keysHeld: writes.keysHeld,
      allKeysHeld: writes.allHeld,
    }),
  };
}

function stateOf(reason: HeldBackReason | undefined, hears: boolean): ReplicaStatus['state'] {
  if (reason === undefined) return 'fresh';
  if (reason === 'stale') return 'stale';
  return hears ? 'joining' : 'cut-off';
}
