import type { Charge, ChargeRequest } from '#contracts/shop/provider.js';

/** What a call to the provider brought, and what may have happened where it brought nothing. */
export type ProviderReply =
  | { kind: 'charge'; charge: Charge }
  /** The provider will not: there is no such charge, or it is in no state for that. */
  | { kind: 'refused'; status: number }
  /** The call was never sent. */
  | { kind: 'unreachable'; cause: unknown }
  /** The provider answered that it failed, or that it did not look at the call. */
  | { kind: 'failed'; cause: unknown }
  /** The call was sent and no answer came: it may have done its work, or may do it yet. */
  | { kind: 'unanswered'; cause: unknown };

/** A card provider. Each call may be repeated: the key, a payment's id, makes repetitions harmless. */
export interface PaymentProvider {
  charge(key: string, request: ChargeRequest): Promise<ProviderReply>;
  find(key: string): Promise<ProviderReply>;
  refund(key: string): Promise<ProviderReply>;
  /** Makes sure that a charge that is not captured never will be, and tells what it is now. */
  voidCharge(key: string): Promise<ProviderReply>;
}

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

/** @returns undefined while the provider still works on it */
export function outcomeOf({ status, last4, reason }: Charge): ChargeOutcome | undefined {
  if (status === 'PROCESSING') return undefined;
  if (status === 'CAPTURED') return { outcome: 'captured', last4: last4 ?? '' };
  if (status === 'DECLINED') return { outcome: 'declined', reason: reason ?? 'declined' };
  return { outcome: 'void', spent: true };
}

/** Why nothing is known, for the log. */
export function causeOf(reply: ProviderReply): unknown {
  return 'cause' in reply ? reply.cause : new Error(`the provider answered ${JSON.stringify(reply)}`);
}

/** Was the call sent without an answer that says what became of it? */
export function isOpen(reply: ProviderReply): reply is ProviderReply & { kind: 'failed' | 'unanswered' } {
  return reply.kind === 'failed' || reply.kind === 'unanswered';
}

/** A reply that is no charge, where an earlier call may have done its work: it is not known what became of that. */
export function inDoubt(reply: ProviderReply): ProviderReply {
  if (reply.kind === 'charge' || isOpen(reply)) return reply;
  return { kind: 'failed', cause: new Error('an earlier call may have been carried out', { cause: reply }) };
}
