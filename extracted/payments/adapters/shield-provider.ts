import type { Outcome } from '#platform/resilience/breaker.js';
import type { Shield } from '#platform/resilience/shield.js';
import type { PaymentProvider, ProviderReply } from '../domain/payment-provider.js';

/** Leaves a provider that fails alone for a while: what is not sent to it counts as not sent, and nobody waits for it. */
export function shieldProvider(provider: PaymentProvider, shield: Shield): PaymentProvider {
  const run = async (call: () => Promise<ProviderReply>): Promise<ProviderReply> =>
    (await shield.run(call, judge)) ?? {
      kind: 'unreachable',
      cause: new Error('the card provider has failed a moment ago, or has too much to do: it was not asked'),
    };
  return {
    charge: (key, request) => run(() => provider.charge(key, request)),
    find: (key) => run(() => provider.find(key)),
    refund: (key) => run(() => provider.refund(key)),
    voidCharge: (key) => run(() => provider.voidCharge(key)),
  };
}

function judge({ kind }: ProviderReply): Outcome {
  return kind === 'charge' || kind === 'refused' ? 'succeeded' : 'failed';
}
