import type { Keys } from '../routing/key-source.js';

/**
 * Which keys of one capability a replica may not hold yet. Pure bookkeeping: all times are given, in milliseconds of
 * the writers' clocks. A key is held from before its write is sent until the replica has passed the moment at which
 * the write was certain to be committed, or certain not to be.
 */
export interface RecentWrites {
  /** A write is about to be sent. Saying it again changes nothing. */
  intend(write: string, keys: Keys, at: number): void;
  /** It was committed before `at`, or never will be. */
  answered(write: string, keys: Keys, at: number): void;
  /** Nobody knows; after `unknownOutcome` it can't happen any more. */
  unknown(write: string, keys: Keys, at: number): void;
  /** It was never sent. */
  withdraw(write: string): void;
  /** The replica holds all that was committed before `upTo`; never goes back. */
  applied(upTo: number): void;
  isHeld(key: string): boolean;
  /** The moment that the replica must pass to hold all writes that were answered before `now`, and all that may still happen. */
  mustPass(now: number): number;
  /** The same without those that may still happen, of which no client knows yet. */
  mustPassAnswered(now: number): number;
  readonly appliedUpTo: number;
  readonly keysHeld: number;
  readonly allHeld: boolean;
}

export interface RecentWritesLimits {
  unknownOutcome: number;
  /** Keys tracked one by one; beyond, all keys count as held. */
  maxKeys: number;
}

interface Hold {
  /** Writes under way. */
  open: number;
  /** What the replica must have passed. */
  until: number;
  queued: boolean;
}

const never = Number.NEGATIVE_INFINITY;

/** Bounded by `maxKeys` and the writes under way, whatever happens to the replica. */
export function trackRecentWrites({ unknownOutcome, maxKeys }: RecentWritesLimits): RecentWrites {
  const holds = new Map<string, Hold>();
  const everyKey: Hold = { open: 0, until: never, queued: false };
  const open = new Map<string, { keys: Keys; at: number }>();
  let expiring: { key: string; until: number }[] = [];
  let appliedUpTo = never;
  let last = never;
  let lastAnswer = never;

  function holdsOf(keys: Keys): Hold[] {
    return keys === 'all' ? [everyKey] : keys.map(holdOf);
  }

  function holdOf(key: string): Hold {
    const existing = holds.get(key);
    if (existing) return existing;
    const created = { open: 0, until: never, queued: false };
    holds.set(key, created);
    return created;
  }

  /** Keys that are tracked one by one, or all: what is opened must later be closed on the very same holds. */
  function tracked(keys: Keys): Keys {
    if (keys === 'all') return keys;
    const fresh = keys.filter((key) => !holds.has(key)).length;
    return holds.size + fresh > maxKeys ? 'all' : keys;
  }

  function hold(keys: Keys, until: number): void {
    last = Math.max(last, until);
    if (keys === 'all') {
      everyKey.until = Math.max(everyKey.until, until);
      return;
    }
    for (const key of keys) {
      const entry = holdOf(key);
      entry.until = Math.max(entry.until, until);
      enqueue(key, entry);
    }
  }

  function enqueue(key: string, entry: Hold): void {
    if (entry.queued) return;
    entry.queued = true;
    expiring.push({ key, until: entry.until });
  }

  function close(write: string): Keys | undefined {
    const opened = open.get(write);
    if (!opened) return undefined;
    open.delete(write);
    for (const entry of holdsOf(opened.keys)) entry.open -= 1;
    if (opened.keys !== 'all') opened.keys.forEach(forget);
    return opened.keys;
  }

  function forget(key: string): void {
    const entry = holds.get(key);
    if (entry && !entry.queued && !isHeld(entry, appliedUpTo)) holds.delete(key);
  }

  function settle(write: string, keys: Keys, at: number, until: number): void {
    lastAnswer = Math.max(lastAnswer, at);
    const opened = open.get(write)?.keys;
    if (opened) hold(opened, until);
    hold(tracked(keys), until);
    close(write);
  }

  function expire(): void {
    const still: typeof expiring = [];
    for (const { key, until } of expiring) {
      const entry = holds.get(key);
      if (!entry) continue;
      entry.queued = until >= appliedUpTo;
      if (entry.queued) still.push({ key, until });
      else if (entry.until >= appliedUpTo) enqueueAgain(still, key, entry);
      else forget(key);
    }
    expiring = still;
  }

  /** After this time, a write that was announced and never settled can't happen any more: its gateway is gone. */
  function dropOrphans(): void {
    for (const [write, { at }] of open) {
      if (at + 2 * unknownOutcome >= appliedUpTo) return;
      close(write);
    }
  }

  return {
    intend(write, keys, at) {
      if (open.has(write)) return;
      const known = tracked(keys);
      open.set(write, { keys: known, at });
      for (const entry of holdsOf(known)) entry.open += 1;
    },
    answered: (write, keys, at) => settle(write, keys, at, at),
    unknown: (write, keys, at) => settle(write, keys, at, at + unknownOutcome),
    withdraw: (write) => void close(write),
    applied(upTo) {
      if (upTo <= appliedUpTo) return;
      appliedUpTo = upTo;
      dropOrphans();
      expire();
    },
    isHeld(key) {
      if (isHeld(everyKey, appliedUpTo)) return true;
      const entry = holds.get(key);
      return entry !== undefined && isHeld(entry, appliedUpTo);
    },
    mustPass: (now) => (open.size > 0 ? Math.max(now, last) : last),
    mustPassAnswered: (now) => (open.size > 0 ? Math.max(now, lastAnswer) : lastAnswer),
    get appliedUpTo() {
      return appliedUpTo;
    },
    get keysHeld() {
      return holds.size;
    },
    get allHeld() {
      return isHeld(everyKey, appliedUpTo);
    },
  };
}

function isHeld({ open, until }: Hold, appliedUpTo: number): boolean {
  return open > 0 || (until !== never && until >= appliedUpTo);
}

function enqueueAgain(queue: { key: string; until: number }[], key: string, entry: Hold): void {
  entry.queued = true;
  queue.push({ key, until: entry.until });
}
