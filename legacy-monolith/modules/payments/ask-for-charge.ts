import type { Charged, ChargeOrder, PaymentOutcome } from '#contracts/shop/payment-requests.js';
import type { Payment } from '#contracts/shop/payments.js';
import type { Reply } from '#platform/messaging/ask-service.js';
import { BetweenOwners } from '#platform/ownership/await-owner.js';
import { unavailable } from './charge-payment.js';

/** How a charge at the payments service ended, as far as can be known. */
export type ChargeThere =
  | { kind: 'captured'; payment: Payment }
  | { kind: 'declined'; reason: string }
  /** Nothing is charged, or kept any more, and nothing ever will be. */
  | { kind: 'void' }
  /** Nobody was asked, or whoever was has done nothing. */
  | { kind: 'untouched'; error: Error }
  /** It may have been made, or may be made yet. */
  | { kind: 'doubtful'; error: Error };

/** The questions, to the service; each may be asked again. */
export interface PaymentQuestions {
  charge(order: ChargeOrder): Promise<Reply<Charged>>;
  outcome(paymentId: string): Promise<Reply<PaymentOutcome>>;
}

/** Has the service charge a card. Where it gives no answer, it is asked once more what became of it. */
export async function askForCharge(ask: PaymentQuestions, order: ChargeOrder): Promise<ChargeThere> {
  const reply = await ask.charge(order);
  if (reply.kind === 'answer') return endOf(reply.answer);
  if (reply.kind === 'unreachable') return { kind: 'untouched', error: unavailable(reply.cause) };
  if (reply.kind === 'refused' && reply.error.code === 'not_owner') {
    return { kind: 'untouched', error: new BetweenOwners('payments', [order.paymentId], reply.error) };
  }
  if (reply.kind === 'refused') return { kind: 'doubtful', error: unavailable(reply.error) };
  const found = await ask.outcome(order.paymentId);
  return found.kind === 'answer' ? knownEnd(found.answer, reply.cause) : doubtful(reply.cause);
}

/** That nobody has asked for it so far says nothing: the question may still be on its way. */
function knownEnd(outcome: PaymentOutcome, cause: unknown): ChargeThere {
  return outcome.outcome === 'unknown' || outcome.outcome === 'none' ? doubtful(cause) : endOf(outcome);
}

function endOf(charged: Charged): ChargeThere {
  if (charged.outcome === 'captured') return { kind: 'captured', payment: charged.payment };
  if (charged.outcome === 'declined') return { kind: 'declined', reason: charged.reason };
  return { kind: 'void' };
}

function doubtful(cause: unknown): ChargeThere {
  return { kind: 'doubtful', error: unavailable(cause) };
}
