import type { Gate } from './gate.js';

/**
 * Compares both sides of a capability; `detail` says in a sentence what it found.
 * @param signal ends it; what it then returns or throws is of no interest to anybody
 */
export type Verify = (capability: string, signal?: AbortSignal) => Promise<{ ok: boolean; detail: string }>;

/** Milliseconds until a bad result is looked at again: comparing all rows is work for both databases. */
const badStandsFor = 5_000;

interface Verified {
  /** When it was through, by this process's own clock. */
  at: number;
  ok: boolean;
  detail: string;
}

interface Comparison {
  result: Promise<Verified>;
  /** How many wait for it: when nobody does any more, it ends. */
  waiting: number;
  useless: AbortController;
}

/**
 * Both sides have the same rows: verified again before a hand-over begins, unless it was lately.
 * @param maxAge milliseconds for which a good result stands; a bad one stands for some seconds
 */
export function verified(verify: Verify, maxAge: number): Gate {
  const last = new Map<string, Verified>();
  const running = new Map<string, Comparison>();

  async function run(capability: string, signal: AbortSignal): Promise<Verified> {
    const found = await verify(capability, signal);
    signal.throwIfAborted();
    const result = { ...found, at: performance.now() };
    last.set(capability, result);
    return result;
  }

  function begin(capability: string): Comparison {
    const useless = new AbortController();
    const result = run(capability, useless.signal);
    const comparison = { result, waiting: 0, useless };
    running.set(capability, comparison);
    result.catch(() => undefined).finally(() => forget(capability, comparison));
    return comparison;
  }

  function forget(capability: string, comparison: Comparison): void {
    if (running.get(capability) === comparison) running.delete(capability);
  }

  /** One comparison for all who ask at the same time. */
  async function once(capability: string, signal: AbortSignal | undefined): Promise<Verified> {
    const comparison = running.get(capability) ?? begin(capability);
    comparison.waiting += 1;
    const leave = (): void => {
      comparison.waiting -= 1;
      if (comparison.waiting > 0) return;
      forget(capability, comparison);
      comparison.useless.abort();
    };
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await comparison.result;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  return async ({ capability, beginning, signal }) => {
    const known = last.get(capability);
    const fresh = known !== undefined && performance.now() - known.at <= (known.ok ? maxAge : badStandsFor);
    const result = beginning && !fresh ? await once(capability, signal) : known;
    const limit = `no difference, at most ${Math.round(maxAge / 1000)} s ago`;
    if (!beginning && running.has(capability))
      return { name: 'verified', open: true, figure: 'being compared now', limit, reason: null };
    if (!result)
      return { name: 'verified', open: true, figure: 'when a hand-over begins', limit, reason: null };
    const age = Math.round((performance.now() - result.at) / 1000);
    return {
      name: 'verified',
      open: result.ok,
      figure: `${result.detail}, ${age} s ago`,
      limit,
      reason: result.ok
        ? null
        : `both sides of ${capability} are not known to be equal: ${result.detail}. "npx strangler data verify ${capability}" says more`,
    };
  };
}
