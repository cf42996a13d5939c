import type { Gate } from './gate.js';

/** Compares both sides of a capability; `detail` says in a sentence what it found. */
export type Verify = (capability: string) => Promise<{ ok: boolean; detail: string }>;

/** Milliseconds until a bad result is looked at again: comparing all rows is work for both databases. */
const badStandsFor = 5_000;

interface Verified {
  at: number;
  ok: boolean;
  detail: string;
}

/**
 * Both sides have the same rows: verified again before a hand-over begins, unless it was lately.
 * @param maxAge milliseconds for which a good result stands; a bad one stands for some seconds
 */
export function verified(verify: Verify, maxAge: number): Gate {
  const last = new Map<string, Verified>();
  const running = new Map<string, Promise<Verified>>();

  async function run(capability: string): Promise<Verified> {
    const result = { ...(await verify(capability)), at: Date.now() };
    last.set(capability, result);
    return result;
  }

  function once(capability: string): Promise<Verified> {
    const before = running.get(capability);
    if (before) return before;
    const now = run(capability).finally(() => running.delete(capability));
    running.set(capability, now);
    return now;
  }

  return async ({ capability, beginning }) => {
    const known = last.get(capability);
    const fresh = known !== undefined && Date.now() - known.at <= (known.ok ? maxAge : badStandsFor);
    const result = beginning && !fresh ? await once(capability) : known;
    const limit = `no difference, at most ${Math.round(maxAge / 1000)} s ago`;
    if (!result)
      return { name: 'verified', open: true, figure: 'when a hand-over begins', limit, reason: null };
    const age = Math.round((Date.now() - result.at) / 1000);
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
