import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { verifyCapability, type VerifyRequest } from '../verify/verify-capability.js';
import type { VerifyResult } from '../verify/verify-result.js';
import type { Verify } from './verified.js';
import { watchProgress } from './watch-progress.js';

/** A gate needs to know that something is wrong, not all that is. */
const mostDifferences = 10;
/** Longest that it may take to come any further, in milliseconds: all of it takes as long as there are rows. */
const stalledAfter = 120_000;
/** How long what was compared counts while nobody goes on with it, in milliseconds. */
const keptFor = 300_000;

/** Where a verification that was ended goes on. */
interface Begun extends Required<Pick<VerifyRequest, 'from' | 'unsettled'>> {
  /** When it was ended, by this process's own clock. */
  at: number;
}

/**
 * Verifies all rows of a capability, while traffic runs. One that was ended, or that could not settle every row, is gone
 * on with at the next call: large tables, and those that never rest, would never be through otherwise.
 */
export function verifyBothSides(
  nats: NatsConnection,
  compare: (request: VerifyRequest) => Promise<VerifyResult> = verifyCapability,
): Verify {
  const begun = new Map<string, Begun>();
  const last = new Map<string, Promise<unknown>>();

  async function goOn(capability: string, signal: AbortSignal | undefined): Promise<VerifyResult> {
    signal?.throwIfAborted();
    const before = begun.get(capability);
    const known = before && performance.now() - before.at <= keptFor ? before : undefined;
    const progress = watchProgress(stalledAfter);
    try {
      const result = await compare({
        ...{ nats, capability, most: mostDifferences, onProgress: progress.noted },
        ...(known && { from: known.from, unsettled: known.unsettled }),
        signal: AbortSignal.any([progress.stalled, ...(signal ? [signal] : [])]),
      });
      const next = whereToGoOn(result, known);
      if (next) begun.set(capability, next);
      else begun.delete(capability);
      if (!progress.stalled.aborted) return result;
      const seconds = stalledAfter / 1_000;
      return { ...result, problem: `nothing more was compared for ${seconds} s: are both sidecars there?` };
    } finally {
      progress.stop();
    }
  }

  return async (capability, signal) => {
    // One that was ended has to say first how far it is.
    const turn = (last.get(capability) ?? Promise.resolve()).then(() => goOn(capability, signal));
    const ended = turn.catch(() => undefined);
    last.set(capability, ended);
    return judge(await turn);
  };
}

/** @returns undefined where the next one begins at the beginning: rows differ, or all are known to be equal */
function whereToGoOn(result: VerifyResult, before: Begun | undefined): Begun | undefined {
  const { outcome, problem, more, reached, unconfirmed: unsettled } = result;
  if (outcome !== 'unknown') return undefined;
  const at = performance.now();
  if (problem === null && !more) return { from: 'end', unsettled, at };
  if (reached) return { from: reached, unsettled, at };
  return before && { ...before, unsettled };
}

function judge(result: VerifyResult): { ok: boolean; detail: string } {
  const { outcome, problem, differences, more, unconfirmed } = result;
  if (outcome === 'equal') return { ok: true, detail: 'no difference in any table' };
  const count = `${differences.length}${more ? ' or more' : ''}`;
  if (differences.length > 0) return { ok: false, detail: `${count} rows differ` };
  return {
    ok: false,
    detail: problem ?? `${unconfirmed.length} rows could not be settled under the traffic`,
  };
}
