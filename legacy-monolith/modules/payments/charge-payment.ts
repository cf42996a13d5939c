import type { Sequelize, Transaction } from 'sequelize';
import type { Money } from '#contracts/http/fields.js';
import { newEvent } from '#contracts/shop/events/define-event.js';
import { paymentEvents } from '#contracts/shop/events/payment-events.js';
import type { Payment, PaymentMethod } from '#contracts/shop/payments.js';
import type { Guarded } from '#platform/database/guarded.js';
import { AppError } from '#platform/errors/app-error.js';
import type { Stopwatch } from '#platform/resilience/stopwatch.js';
import { describeMoney } from '../../context/describe-money.js';
import type { ModuleContext } from '../../context/module-context.js';
import { beginAttempt, dropAttempt, finishAttempt } from './payment-attempts.js';
import type { PaymentProvider } from './payment-provider.js';
import { type PaymentTable, toPayment } from './payment-table.js';
import { type Patience, settleCharge } from './settle-charge.js';

/** What charging and refunding work with. */
export interface PaymentWork extends ModuleContext {
  payments: PaymentTable;
  provider: PaymentProvider;
  patience: Patience;
  startStopwatch: () => Stopwatch;
  /** Connections of their own for the notes that must outlive a caller's transaction. */
  attempts: Sequelize;
}

export interface PaymentRequest {
  /** The same for the same charge, however often it is tried: the provider's key. */
  paymentId: string;
  orderId: string;
  amount: Money;
  method: PaymentMethod;
}

/**
 * Charges a card and keeps the payment.
 * @throws AppError `payment_declined`; `timeout` when the provider gave no answer and the charge is void;
 *   `unavailable` when it could not be asked: should it have charged all the same, recovery gives that back
 */
export async function chargePayment(
  work: PaymentWork,
  request: PaymentRequest,
  transaction: Guarded<'payments'>,
): Promise<Payment> {
  const { paymentId, orderId, amount, method } = request;
  const begun = await beginAttempt(work.attempts, { paymentId, orderId, kind: 'charge' });
  if (begun === 'taken') throw new SpentPayment();
  const charge = { ...amount, token: method.token, reference: orderId };
  const outcome = await settleCharge(work.provider, paymentId, charge, work.patience, work.startStopwatch());
  if (outcome.outcome === 'untouched' && begun === 'new') await dropAttempt(work.attempts, paymentId);
  if (outcome.outcome === 'untouched' || outcome.outcome === 'unknown') throw unavailable(outcome.cause);
  const ours = await finishAttempt(work.database, paymentId, transaction);
  const known = ours ? null : await work.payments.findByPk(paymentId, { transaction });
  if (known) return toPayment(known);
  if (!ours) throw neverAnswered();
  if (outcome.outcome === 'void') throw outcome.spent ? new SpentPayment() : neverAnswered();
  if (outcome.outcome === 'captured') return keepPayment(work, request, outcome.last4, transaction);
  const refused = { paymentId, orderId, amount, reason: outcome.reason };
  await work.say([newEvent(paymentEvents.declined, paymentId, refused)], transaction);
  throw declined(work, orderId, outcome.reason, transaction);
}

/** Notes that the provider declined. @returns what a client is told */
export function declined(
  { recordEvent }: PaymentWork,
  orderId: string,
  reason: string,
  transaction: Transaction,
): AppError {
  recordEvent({ orderId, type: 'payment.declined', detail: reason }, transaction);
  return new AppError('payment_declined', 'The payment was declined: try again with another card', {
    cause: reason,
  });
}

async function keepPayment(
  work: PaymentWork,
  { paymentId, orderId, amount }: PaymentRequest,
  last4: string,
  transaction: Guarded<'payments'>,
): Promise<Payment> {
  const now = work.clock();
  const row = await work.payments.create(
    {
      paymentId,
      orderId,
      amount: amount.amount,
      currency: amount.currency,
      status: 'CAPTURED',
      last4,
      version: 1,
      createdAt: now,
      updatedAt: now,
    },
    { transaction },
  );
  const payment = toPayment(row);
  await work.say([newEvent(paymentEvents.captured, paymentId, { payment })], transaction);
  recordCapture(work, payment, transaction);
  return payment;
}

/** Notes on the timeline of its order that a payment was taken. */
export function recordCapture(
  { recordEvent }: PaymentWork,
  { orderId, amount, method }: Payment,
  transaction: Transaction,
): void {
  const detail = `${describeMoney(amount)} by card ending in ${method.last4}`;
  recordEvent({ orderId, type: 'payment.captured', detail }, transaction);
}

export function unavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'Payment service is unavailable', { cause, retryAfter: 2 });
}

const neverAnsweredMessage = 'Payment provider did not answer in time; nothing was charged';

/** What a client is told of a charge that is void. */
export function neverAnswered(): AppError {
  return new AppError('timeout', neverAnsweredMessage);
}

/** The same of a charge that was void before it was asked for: its id is of no use any more, another one is. */
class SpentPayment extends AppError {
  constructor() {
    super('timeout', neverAnsweredMessage);
  }
}

export function isSpent(error: unknown): boolean {
  return error instanceof SpentPayment;
}
