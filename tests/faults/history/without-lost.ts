import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import type { Command, Operation } from './operation.js';

/** In milliseconds of the steady clock of the attempts. */
export interface Span {
  from: number;
  until: number;
}

/** The monolith's database was put back to a copy. */
export interface Restore {
  /** When the server was away to be copied, and when it was away to be put back. */
  copied: Span;
  restored: Span;
  /** Buckets that the monolith owned meanwhile: what it took between the two is lost. */
  owned: ReadonlySet<number>;
  /** From when on nothing may be read from the other side's replica, which has what was lost. */
  noticed: number;
  /** When the runbook had been followed. */
  over: number;
}

/**
 * What is left of a history once a restore has taken its part: writes that were answered after the copy and before the
 * restore are gone, all others have to be there. Reads that may have seen a lost write say nothing about what is there now.
 * @param kept keys under which the monolith remembers an answer; it tells of writes that were under way at the copy or at the
 * restore, and of no others
 */
export function withoutLost(
  operations: readonly Operation[],
  restore: Restore,
  kept: ReadonlyMap<string, unknown>,
): Operation[] {
  return operations.filter((operation) => !isLost(operation, restore, kept));
}

function isLost(
  { command, key, answer, attempts }: Operation,
  { copied, restored, owned, noticed, over }: Restore,
  kept: ReadonlyMap<string, unknown>,
): boolean {
  const [first, last] = [attempts[0], attempts.at(-1)];
  if (!first || !last || !answer) return false;
  const ofMonolith = concerns(command, owned);
  if (command.kind === 'read')
    return last.endedAt > copied.from && last.startedAt < (ofMonolith ? noticed : over);
  if (!ofMonolith || last.endedAt < copied.from || last.startedAt > restored.until) return false;
  if (first.startedAt > copied.until && last.endedAt < restored.from) return true;
  return !kept.has(key);
}

/** Is it about the stock of a product in one of these buckets? */
export function concerns(command: Command, buckets: ReadonlySet<number>): boolean {
  return 'productId' in command && buckets.has(bucketOfKey('inventory', command.productId));
}
