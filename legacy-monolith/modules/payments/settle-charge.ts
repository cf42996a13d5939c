import type { Charge, ChargeRequest } from '#contracts/shop/provider.js';
import type { Stopwatch } from '#platform/resilience/stopwatch.js';
import type { PaymentProvider, ProviderReply } from './payment-provider.js';

/** How a charge ended, as far as can be known. */
export type ChargeOutcome =
  | { outcome: 'captured'; last4: string }
  | { outcome: 'declined'; reason: string }
  /** Nothing is charged under this key, and nothing ever will be; `spent` if somebody else has ended it before. */
  | { outcome: 'void'; spent: boolean }
  /** Nothing is charged under this key so far, and nothing of ours is on its way. */
  | { outcome: 'untouched'; cause: unknown }
  /** Nobody answers what became of it. */
  | { outcome: 'unknown'; cause: unknown };

export interface Patience {
  /** Time for calls to be made again, from the first one on, in milliseconds. */
  chargeMs: number;
  /** Time after that in which an unknown outcome is asked for before the charge is voided. */
  settleMs: number;
  pauseMs: number;
}

const calls = 3;

/**
 * Charges a card and leaves no outcome open where the provider can still be asked: what it does not answer
 * is asked for before it is called again, and what it does not finish is voided.
 */
export async function settleCharge(
  provider: PaymentProvider,
  key: string,
  request: ChargeRequest,
  patience: Patience,
  stopwatch: Stopwatch,
): Promise<ChargeOutcome> {
  let reply: ProviderReply;
  let untouched = true;
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
  if (reply.kind === 'charge' && reply.charge.status !== 'PROCESSING') return outcomeOf(reply.charge);
  if (reply.kind !== 'charge' && untouched) return { outcome: 'untouched', cause: causeOf(reply) };
  return waitAndVoid(provider, key, patience, stopwatch);
}

async function waitAndVoid(
  provider: PaymentProvider,
  key: string,
  { chargeMs, settleMs, pauseMs }: Patience,
  stopwatch: Stopwatch,
): Promise<ChargeOutcome> {
  while (stopwatch.elapsed() < chargeMs + settleMs) {
    const reply = await provider.find(key);
    if (reply.kind === 'charge' && reply.charge.status !== 'PROCESSING') return outcomeOf(reply.charge);
    await stopwatch.pause(pauseMs);
  }
  const reply = await provider.voidCharge(key);
  if (reply.kind !== 'charge') return { outcome: 'unknown', cause: causeOf(reply) };
  const outcome = outcomeOf(reply.charge);
  return outcome.outcome === 'void' ? { ...outcome, spent: false } : outcome;
}

function causeOf(reply: ProviderReply): unknown {
  return 'cause' in reply ? reply.cause : new Error(`the provider answered ${JSON.stringify(reply)}`);
}

function outcomeOf({ status, last4, reason }: Charge): ChargeOutcome {
  if (status === 'CAPTURED') return { outcome: 'captured', last4: last4 ?? '' };
  if (status === 'DECLINED') return { outcome: 'declined', reason: reason ?? 'declined' };
  return { outcome: 'void', spent: true };
}
