import type { NewEntry } from '../audit/append-entry.js';

/** What somebody tried. */
export interface Refused {
  /** Name and role of a token, or `strangerAt` an address. */
  who: string;
  action: string;
  capability?: string;
  /** Why they wanted it, as far as they said. */
  wanted?: string;
  /** Why it was refused. */
  reason: string;
}

/** Refusals of all callers in the minute at hand. */
export interface RefusalsByCaller {
  /** @returns the entry of its own that it gets; undefined where it is summed up */
  add(refused: Refused): NewEntry | undefined;
  /** Begins the next minute. @returns the entries that sum up this one, at most one for each caller */
  endMinute(): NewEntry[];
}

/** Refusals of one caller in the minute at hand. */
interface RefusalSums {
  /** @returns the entry of its own that it gets; undefined where it is summed up */
  add(refused: Refused): NewEntry | undefined;
  /** Begins the next minute. @returns the entry that sums up this one; undefined where there is nothing to sum up */
  endMinute(): NewEntry | undefined;
}

/** Attempts of a minute that get an entry of their own, each of another kind. */
const mostSingle = 5;
/** Kinds that a sum names; those beyond are counted together. */
const mostNamed = 20;
/** Kinds that are told apart at all: an attacker chooses what they are. */
const mostKinds = 100;
const longestText = 200;
/** Addresses of callers without a token that are told apart in a minute: an attacker may have many. */
const mostStrangers = 10;
/** What those are called who show no token that is known: no token's name has a blank. */
const stranger = 'unknown caller';
const otherStrangers = strangerAt('further addresses');

interface Kind {
  action: string;
  capability: string | null;
  refused: string;
  count: number;
}

/** Counts the refusals of each caller by themselves, so that a flood by one hides nobody else's. */
export function sumUpByCaller(): RefusalsByCaller {
  const callers = new Map<string, RefusalSums>();

  function sumsOf(who: string): RefusalSums {
    let sums = callers.get(who);
    if (!sums) callers.set(who, (sums = sumUp(who)));
    return sums;
  }

  return {
    add(refused) {
      const strangers = [...callers.keys()].filter(isStranger);
      const isOneMore = isStranger(refused.who) && !callers.has(refused.who);
      const who = isOneMore && strangers.length >= mostStrangers ? otherStrangers : refused.who;
      return sumsOf(who).add({ ...refused, who });
    },
    endMinute() {
      const sums: NewEntry[] = [];
      for (const [who, caller] of callers) {
        const sum = caller.endMinute();
        if (sum) sums.push(sum);
        else callers.delete(who);
      }
      return sums;
    },
  };
}

/** Names a caller without a token that is known. */
export function strangerAt(address: string): string {
  return `${stranger} (${address})`;
}

function isStranger(who: string): boolean {
  return who.startsWith(stranger);
}

/**
 * Decides which refusals of a caller are told one by one. The first ones of a minute are; what repeats one, and what comes
 * beyond, is counted by kind. After a minute with a sum nothing is told one by one until a minute has had none: so an attack
 * that goes on costs one entry a minute.
 */
function sumUp(caller: string): RefusalSums {
  const told = new Set<string>();
  const kinds = new Map<string, Kind>();
  let others = 0;
  let attacked = false;

  function count(key: string, { action, capability, reason }: Refused): void {
    const known = kinds.get(key);
    if (known) known.count += 1;
    else if (kinds.size >= mostKinds) others += 1;
    else
      kinds.set(key, {
        ...{ action: cut(action), capability: capability ?? null },
        ...{ refused: cut(reason), count: 1 },
      });
  }

  return {
    add(refused) {
      const { who, action, capability, wanted, reason } = refused;
      const key = JSON.stringify([action, capability]);
      if (attacked || told.has(key) || told.size >= mostSingle) return void count(key, refused);
      told.add(key);
      return {
        ...{ who, action, capability: capability ?? null, outcome: 'refused', reason: wanted ?? null },
        ...{ before: null, after: { refused: reason } },
      };
    },
    endMinute() {
      const all = [...kinds.values()].toSorted(byWeight);
      const total = all.reduce((sum, kind) => sum + kind.count, others);
      const unnamed = all.slice(mostNamed).reduce((sum, kind) => sum + kind.count, others);
      told.clear();
      kinds.clear();
      others = 0;
      attacked = total > 0;
      if (total === 0) return undefined;
      return {
        ...{ who: caller, action: 'refusals of a minute', capability: null, outcome: 'refused' },
        ...{ reason: `${total} further attempts were refused`, before: null },
        after: { count: total, kinds: all.slice(0, mostNamed), others: unnamed },
      };
    },
  };
}

/** What came most often first. */
function byWeight(one: Kind, other: Kind): number {
  return other.count - one.count;
}

function cut(text: string): string {
  return text.slice(0, longestText);
}
