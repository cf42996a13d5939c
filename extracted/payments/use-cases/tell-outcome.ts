import type { PaymentOutcome } from '#contracts/shop/payment-requests.js';
import { isRefunded, toPayment } from '../domain/payment.js';
import { causeOf, outcomeOf } from '../domain/payment-provider.js';
import { unavailable } from './charge-payment.js';
import type { PaymentWork } from './payment-work.js';

/**
 * What became of a charge. What is not written down, and not about to be, the provider knows.
 * @throws AppError `not_owner`; `unavailable` while the provider can't be asked
 */
export async function tellOutcome<Transaction>(
  work: PaymentWork<Transaction>,
  paymentId: string,
): Promise<PaymentOutcome> {
  const written = await work.guarded(paymentId, async (transaction): Promise<PaymentOutcome | undefined> => {
    const payment = await work.payments.find(paymentId, transaction);
    if (payment) {
      return { outcome: isRefunded(payment) ? 'refunded' : 'captured', payment: toPayment(payment) };
    }
    const attempt = await work.attempts.find(paymentId, transaction);
    return attempt && { outcome: attempt.givenUp ? 'void' : 'unknown' };
  });
  return written ?? askProvider(work, paymentId);
}

/** A charge that is captured there and not written down here is another's who is just at it. */
async function askProvider<Transaction>(
  { provider }: PaymentWork<Transaction>,
  paymentId: string,
): Promise<PaymentOutcome> {
  const reply = await provider.find(paymentId);
  if (reply.kind === 'refused' && reply.status === 404) return { outcome: 'none' };
  if (reply.kind !== 'charge') throw unavailable(causeOf(reply));
  const outcome = outcomeOf(reply.charge);
  if (outcome?.outcome === 'declined') return outcome;
  if (outcome?.outcome === 'void') return { outcome: 'void' };
  return { outcome: 'unknown' };
}
