import { setTimeout as sleep } from 'node:timers/promises';
import { newEvent } from '#contracts/shop/events/define-event.js';
import { paymentEvents } from '#contracts/shop/events/payment-events.js';
import type { Payment } from '#contracts/shop/payments.js';
import type { Guarded } from '#platform/database/guarded.js';
import { AppError } from '#platform/errors/app-error.js';
import { checkVersion, type ExpectedVersions } from '#platform/http/entity-tag.js';
import { describeMoney } from '../../context/describe-money.js';
import { type PaymentWork, unavailable } from './charge-payment.js';
import { dropCancellation, endCancellation, hasCancellation, noteCancellation } from './cancellations.js';
import { beginAttempt, dropAttempt, finishAttempt } from './payment-attempts.js';
import { inDoubt, isOpen, type PaymentProvider, type ProviderReply } from './payment-provider.js';
import { type PaymentRow, toPayment } from './payment-table.js';

const calls = 3;

/**
 * Gives the whole amount back. Once the provider has been asked there is no way back: a refund whose answer
 * is lost is completed by recovery, never undone.
 * @throws AppError `not_found`, `version_mismatch`, `invalid_state`, `unavailable`, `timeout`
 */
export async function refundPayment(
  work: PaymentWork,
  paymentId: string,
  expected: ExpectedVersions,
  transaction: Guarded<'payments'>,
): Promise<Payment> {
  const row = await lockPayment(work, paymentId, transaction);
  checkVersion(`Payment ${paymentId}`, row.version, expected);
  if (row.status === 'REFUNDED')
    throw new AppError('invalid_state', `Payment ${paymentId} is refunded already`);
  if (await hasCancellation(work.database, paymentId, transaction)) {
    throw new AppError('invalid_state', `Order ${row.orderId} is being cancelled, which refunds its payment`);
  }
  const reply = await refundAtProvider(work, row, transaction);
  if (reply.kind !== 'charge') throw refusal(paymentId, reply);
  return toPayment(row);
}

/** Gives a payment back that may have been given back already: for refunds that a crash has left half done. */
export async function completeRefund(
  work: PaymentWork,
  paymentId: string,
  transaction: Guarded<'payments'>,
): Promise<void> {
  const row = await lockPayment(work, paymentId, transaction);
  if (row.status !== 'CAPTURED') {
    await finishAttempt(work.database, paymentId, transaction);
    return;
  }
  const reply = await refundAtProvider(work, row, transaction);
  if (reply.kind !== 'charge') throw refusal(paymentId, reply);
}

/** Gives a payment back for an order that is being cancelled; recovery completes the cancellation that was begun. */
export async function refundForCancellation(
  work: PaymentWork,
  paymentId: string,
  transaction: Guarded<'orders' | 'payments'>,
): Promise<void> {
  const row = await lockPayment(work, paymentId, transaction);
  if (row.status === 'CAPTURED') {
    const notedBefore = await noteCancellation(work.attempts, { paymentId, orderId: row.orderId });
    const reply = await refundAtProvider(work, row, transaction);
    if (isUndone(reply) && !notedBefore)
      await dropCancellation(work.attempts, { paymentId, orderId: row.orderId });
    if (reply.kind !== 'charge') throw refusal(paymentId, reply);
  }
  await finishAttempt(work.database, paymentId, transaction);
  await endCancellation(work.database, paymentId, transaction);
}

async function lockPayment(
  { payments }: PaymentWork,
  paymentId: string,
  transaction: Guarded<'payments'>,
): Promise<PaymentRow> {
  const row = await payments.findByPk(paymentId, { transaction, lock: transaction.LOCK.UPDATE });
  if (!row) throw new AppError('not_found', `There is no payment ${paymentId}`);
  return row;
}

/** @returns what the provider said; the payment is refunded if that is a charge */
async function refundAtProvider(
  work: PaymentWork,
  row: PaymentRow,
  transaction: Guarded<'payments'>,
): Promise<ProviderReply> {
  const { paymentId, orderId } = row;
  const begun = await beginAttempt(work.attempts, { paymentId, orderId, kind: 'refund' });
  if (begun === 'taken') {
    throw new AppError('invalid_state', `The charge of payment ${paymentId} is being given up`);
  }
  const reply = await askForRefund(work.provider, paymentId, work.patience.pauseMs, begun === 'again');
  if (isUndone(reply) && begun === 'new') await dropAttempt(work.attempts, paymentId);
  if (reply.kind !== 'charge') return reply;
  await finishAttempt(work.database, paymentId, transaction);
  await row.update(
    { status: 'REFUNDED', version: row.version + 1, updatedAt: work.clock() },
    { transaction },
  );
  await work.say([newEvent(paymentEvents.refunded, paymentId, { payment: toPayment(row) })], transaction);
  const detail = describeMoney({ amount: Number(row.amount), currency: row.currency });
  work.recordEvent({ orderId, type: 'payment.refunded', detail }, transaction);
  return reply;
}

/** The provider has not been asked, or will not. */
function isUndone({ kind }: ProviderReply): boolean {
  return kind === 'unreachable' || kind === 'refused';
}

/**
 * Asks again where the provider failed or gave no answer. From then on only a charge ends the doubt: what an earlier call
 * has done is not undone by a later one that is refused, or not sent.
 * @param again an earlier request has called before, and left its note: there is doubt from the beginning
 */
async function askForRefund(
  provider: PaymentProvider,
  paymentId: string,
  pauseMs: number,
  again: boolean,
): Promise<ProviderReply> {
  let reply = await provider.refund(paymentId);
  let doubtful = again ? inDoubt(reply) : undefined;
  for (let call = 2; call <= calls && isOpen(reply); call++) {
    doubtful = reply;
    await sleep(pauseMs);
    reply = await provider.refund(paymentId);
  }
  return reply.kind === 'charge' || isOpen(reply) ? reply : (doubtful ?? reply);
}

function refusal(paymentId: string, reply: Exclude<ProviderReply, { kind: 'charge' }>): AppError {
  if (reply.kind === 'refused') {
    return new AppError(
      'invalid_state',
      `The payment provider has no charge to refund for payment ${paymentId}`,
    );
  }
  if (reply.kind === 'unanswered') {
    return new AppError(
      'timeout',
      `Payment provider did not answer in time; the refund of payment ${paymentId} will be completed when it does`,
      { cause: reply.cause },
    );
  }
  return unavailable(reply.cause);
}
