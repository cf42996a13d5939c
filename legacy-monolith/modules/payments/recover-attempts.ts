import type { Charge } from '#contracts/shop/provider.js';
import { guardKeys } from '#platform/ownership/guard-keys.js';
import { claimCancellations } from './cancellations.js';
import { type PaymentWork, unavailable } from './charge-payment.js';
import { type Attempt, claimAbandoned, endAttempt } from './payment-attempts.js';
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
 * settled now is taken up again later. What is the other side's is left to it.
 */
export async function recoverAttempts(work: PaymentWork, recovery: Recovery): Promise<void> {
  const { database, inUse } = work;
  const cancellations = inUse('orders') ? await claimCancellations(database, recovery.afterMs, batch) : [];
  for (const cancellation of cancellations) {
    await settled(work, { ...cancellation, kind: 'cancellation' }, () =>
      recovery.finishCancellation(cancellation.orderId),
    );
  }
  const abandoned = inUse('payments') ? await claimAbandoned(database, recovery.afterMs, batch) : [];
  for (const attempt of abandoned) {
    await settled(work, attempt, () => settle(work, attempt));
  }
}

async function settled(work: PaymentWork, what: object, settleIt: () => Promise<void>): Promise<void> {
  try {
    await settleIt();
    work.logger.info(what, 'settled an abandoned payment attempt');
  } catch (error) {
    work.logger.warn({ err: error, ...what }, 'an abandoned payment attempt is still open');
  }
}

async function settle(work: PaymentWork, { paymentId, kind }: Attempt): Promise<void> {
  if (kind === 'charge') return giveUpCharge(work, paymentId);
  return work.inTransaction(async (transaction) => {
    const guarded = await guardKeys(work.database, 'payments', [paymentId], transaction);
    await completeRefund(work, paymentId, guarded);
  });
}

/** Claimed, it was given up for good: whichever side owns the payment by now may end it at the provider as well. */
async function giveUpCharge(work: PaymentWork, paymentId: string): Promise<void> {
  const { database, payments } = work;
  if ((await payments.count({ where: { paymentId } })) > 0) return endAttempt(database, paymentId);
  await endCharge(work, paymentId);
}

/**
 * Ends a charge that was given up: voided at the provider, or given back where it was captured.
 * @returns what it is there now
 */
export async function endCharge({ database, provider }: PaymentWork, paymentId: string): Promise<Charge> {
  const voided = await provider.voidCharge(paymentId);
  const captured = voided.kind === 'charge' && voided.charge.status === 'CAPTURED';
  const last = captured ? await provider.refund(paymentId) : voided;
  if (last.kind !== 'charge') {
    throw unavailable(new Error(`the provider does not end charge ${paymentId}`, { cause: last }));
  }
  await endAttempt(database, paymentId);
  return last.charge;
}
