import type { Logger } from '#platform/telemetry/logger.js';
import { isRefunded } from '../domain/payment.js';
import { endCharge } from './give-back.js';
import type { Attempt, PaymentWork } from './payment-work.js';
import { askForRefund, finishRefund, refusal } from './refund-payment.js';

const batch = 20;

/**
 * Settles what crashes have left open between this database and the provider. A charge that nobody has come back for is
 * voided or given back; a refund that was asked for is completed, on both sides. What can't be settled now is taken up
 * again later; what the other side owns by then is left to it, with its note.
 * @param afterMs age at which an attempt counts as abandoned: far more than any request takes
 */
export async function recoverAttempts<Transaction>(
  work: PaymentWork<Transaction>,
  afterMs: number,
  logger: Logger,
): Promise<void> {
  for (const attempt of await work.attempts.claimAbandoned(afterMs, batch)) {
    try {
      await settle(work, attempt);
      logger.info({ ...attempt }, 'settled an abandoned payment attempt');
    } catch (error) {
      logger.warn({ err: error, ...attempt }, 'an abandoned payment attempt is still open');
    }
  }
}

async function settle<Transaction>(
  work: PaymentWork<Transaction>,
  { paymentId, kind }: Attempt,
): Promise<void> {
  if (kind === 'refund') return completeRefund(work, paymentId);
  const captured = await work.guarded(paymentId, async (transaction) => {
    const payment = await work.payments.find(paymentId, transaction);
    if (payment) await work.attempts.drop(paymentId, transaction);
    return payment !== undefined;
  });
  if (!captured) await endCharge(work, paymentId);
}

async function completeRefund<Transaction>(work: PaymentWork<Transaction>, paymentId: string): Promise<void> {
  const reply = await askForRefund(work, paymentId, undefined);
  await work.guarded(paymentId, async (transaction) => {
    const payment = await work.payments.lock(paymentId, transaction);
    if (!payment || isRefunded(payment)) return work.attempts.drop(paymentId, transaction);
    if (reply?.kind !== 'charge') throw refusal(paymentId, reply);
    await finishRefund(work, payment, transaction);
  });
}
