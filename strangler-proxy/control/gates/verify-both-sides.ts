import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { verifyCapability } from '../verify/verify-capability.js';
import type { Verify } from './verified.js';

/** A gate needs to know that something is wrong, not all that is. */
const mostDifferences = 10;
/** Longest that a hand-over waits for it, in milliseconds. */
const patience = 600_000;

/** Verifies all rows of a capability, while traffic runs. */
export function verifyBothSides(nats: NatsConnection): Verify {
  return async (capability, signal) => {
    const { outcome, problem, differences, more, unconfirmed, tables } = await verifyCapability({
      nats,
      capability,
      most: mostDifferences,
      signal: AbortSignal.any([AbortSignal.timeout(patience), ...(signal ? [signal] : [])]),
    });
    if (outcome === 'equal') return { ok: true, detail: `no difference in ${tables.length} tables` };
    const count = `${differences.length}${more ? ' or more' : ''}`;
    if (differences.length > 0) return { ok: false, detail: `${count} rows differ` };
    return {
      ok: false,
      detail: problem ?? `${unconfirmed.length} rows could not be settled under the traffic`,
    };
  };
}
