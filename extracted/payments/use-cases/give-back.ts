import type { GivenBack } from '#contracts/shop/payment-requests.js';
import { isRefunded, toPayment } from '../domain/payment.js';
import { outcomeOf } from '../domain/payment-provider.js';
import { unavailable } from './charge-payment.js';
import type { PaymentWork } from './payment-work.js';
import { askForRefund, finishRefund, refusal } from './refund-payment.js';

/** A payment that is not wanted any more, whatever has become of it so far. */
export interface UnwantedPayment {
  paymentId: string;
  orderId: string;
}

/**
 * Sees to it that nothing is charged for a payment: a captured one goes back, one whose outcome nobody knows is ended
 * at the provider, one that was never begun can't be begun any more. May be repeated.
 * @throws AppError `not_owner`; `unavailable` and `timeout` while the provider can't be asked: then it is to be repeated
 */
export async function giveBack<Transaction>(
  work: PaymentWork<Transaction>,
  unwanted: UnwantedPayment,
): Promise<GivenBack> {
  const { paymentId } = unwanted;
  const captured = await work.guarded(paymentId, async (transaction) => {
    const payment = await work.payments.lock(paymentId, transaction);
    if (!payment) await work.attempts.giveUp(unwanted, transaction);
    return payment !== undefined;
  });
  return captured ? giveBackCaptured(work, paymentId) : endCharge(work, paymentId);
}

async function giveBackCaptured<Transaction>(
  work: PaymentWork<Transaction>,
  paymentId: string,
): Promise<GivenBack> {
  const reply = await askForRefund(work, paymentId, undefined);
  return work.guarded(paymentId, async (transaction) => {
    const payment = await work.payments.lock(paymentId, transaction);
    if (!payment) throw unavailable(new Error(`payment ${paymentId} is gone`));
    if (isRefunded(payment)) return { outcome: 'refunded', payment: toPayment(payment) };
    if (reply?.kind !== 'charge') throw refusal(paymentId, reply);
    return { outcome: 'refunded', payment: toPayment(await finishRefund(work, payment, transaction)) };
  });
}

/**
 * Ends a charge that was given up: voided at the provider, or given back where it was captured. Both may be done by
 * either side, and again: the note says for good what is to become of it.
 * @throws AppError `not_owner`, `unavailable`
 */
export async function endCharge<Transaction>(
  work: PaymentWork<Transaction>,
  paymentId: string,
): Promise<GivenBack> {
  const voided = await work.provider.voidCharge(paymentId);
  const wasCaptured = voided.kind === 'charge' && voided.charge.status === 'CAPTURED';
  const last = wasCaptured ? await work.provider.refund(paymentId) : voided;
  if (last.kind !== 'charge') {
    throw unavailable(new Error(`the provider does not end charge ${paymentId}`, { cause: last }));
  }
  await work.guarded(paymentId, (transaction) => work.attempts.drop(paymentId, transaction));
  const outcome = outcomeOf(last.charge);
  return outcome?.outcome === 'declined' ? outcome : { outcome: 'void' };
}
