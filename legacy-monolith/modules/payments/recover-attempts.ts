import type { PaymentWork } from './charge-payment.js';
import { type Attempt, claimAbandoned, dropAttempt } from './payment-attempts.js';
import { completeRefund } from './refund-payment.js';

export interface Recovery {
  /** Age at which an attempt counts as abandoned, in milliseconds: far more than any request takes. */
  afterMs: number;
  /** Cancels the order of a payment that was being refunded for that. */
  finishCancellation: (orderId: string) => Promise<void>;
}

const batch = 20;

/**
 * Settles what crashes have left open between this database and the provider. A charge without a payment is
 * voided or given back; a refund that was asked for is completed, on both sides. An attempt that can't be
 * settled now is taken up again later.
 */
export async function recoverAttempts(work: PaymentWork, recovery: Recovery): Promise<void> {
  for (const attempt of await claimAbandoned(work.database, recovery.afterMs, batch)) {
    try {
      await settle(work, attempt, recovery);
      work.logger.info({ ...attempt }, 'settled an abandoned payment attempt');
    } catch (error) {
      work.logger.warn({ err: error, ...attempt }, 'an abandoned payment attempt is still open');
    }
  }
}

async function settle(
  work: PaymentWork,
  { paymentId, orderId, kind }: Attempt,
  recovery: Recovery,
): Promise<void> {
  if (kind === 'cancellation') return recovery.finishCancellation(orderId);
  if (kind === 'charge') return giveUpCharge(work, paymentId);
  return work.inTransaction((transaction) => completeRefund(work, { paymentId, kind }, transaction));
}

async function giveUpCharge({ payments, provider, attempts }: PaymentWork, paymentId: string): Promise<void> {
  if ((await payments.count({ where: { paymentId } })) > 0) return dropAttempt(attempts, paymentId);
  const voided = await provider.voidCharge(paymentId);
  const captured = voided.kind === 'charge' && voided.charge.status === 'CAPTURED';
  const last = captured ? await provider.refund(paymentId) : voided;
  if (last.kind !== 'charge') {
    throw new Error(`the provider does not end charge ${paymentId}`, { cause: last });
  }
  await dropAttempt(attempts, paymentId);
}
