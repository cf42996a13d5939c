import type { ChargeRequest } from '#contracts/shop/provider.js';
import type { Stopwatch } from '#platform/resilience/stopwatch.js';
import {
  causeOf,
  type ChargeOutcome,
  outcomeOf,
  type PaymentProvider,
  type ProviderReply,
} from '../domain/payment-provider.js';

export interface Patience {
  /** Time for calls to be made again, from the first one on, in milliseconds. */
  chargeMs: number;
  /** Time after that in which an unknown outcome is asked for before the charge is voided. */
  settleMs: number;
  pauseMs: number;
}

export interface SettlingWork {
  provider: PaymentProvider;
  patience: Patience;
  startStopwatch: () => Stopwatch;
}

const calls = 3;

/**
 * Charges a card and leaves no outcome open where the provider can still be asked: what it does not answer
 * is asked for before it is called again, and what it does not finish is voided.
 * @param again somebody may have called it before: then it is asked for first
 */
export async function settleCharge(
  work: SettlingWork,
  key: string,
  request: ChargeRequest,
  again: boolean,
): Promise<ChargeOutcome> {
  const { provider, patience } = work;
  const stopwatch = work.startStopwatch();
  let untouched = !again;
  if (again) {
    const known = await provider.find(key);
    if (known.kind === 'charge') return finish(work, key, known, stopwatch);
    if (known.kind === 'unreachable') return { outcome: 'unknown', cause: known.cause };
  }
  let reply: ProviderReply;
  for (let call = 1; ; call++) {
    reply = await provider.charge(key, request);
    if (reply.kind === 'refused') return { outcome: 'unknown', cause: causeOf(reply) };
    if (reply.kind === 'charge' || reply.kind === 'unreachable') break;
    const answered = reply.kind === 'failed';
    reply = await provider.find(key);
    if (reply.kind === 'charge') break;
    untouched &&= answered && reply.kind === 'refused' && reply.status === 404;
    if (call === calls || stopwatch.elapsed() >= patience.chargeMs) break;
    await stopwatch.pause(patience.pauseMs);
  }
  if (reply.kind !== 'charge' && untouched) return { outcome: 'untouched', cause: causeOf(reply) };
  return finish(work, key, reply, stopwatch);
}

/** Waits for what the provider still works on, and voids it in the end. */
async function finish(
  { provider, patience }: SettlingWork,
  key: string,
  first: ProviderReply,
  stopwatch: Stopwatch,
): Promise<ChargeOutcome> {
  let reply = first;
  for (;;) {
    const outcome = reply.kind === 'charge' ? outcomeOf(reply.charge) : undefined;
    if (outcome) return outcome;
    if (stopwatch.elapsed() >= patience.chargeMs + patience.settleMs) break;
    await stopwatch.pause(patience.pauseMs);
    reply = await provider.find(key);
  }
  reply = await provider.voidCharge(key);
  const outcome = reply.kind === 'charge' ? outcomeOf(reply.charge) : undefined;
  if (outcome?.outcome === 'void') return { ...outcome, spent: false };
  return outcome ?? { outcome: 'unknown', cause: causeOf(reply) };
}
