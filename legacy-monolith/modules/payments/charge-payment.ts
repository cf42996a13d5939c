import type { Sequelize, Transaction } from 'sequelize';
import type { Money } from '#contracts/http/fields.js';
import type { Payment, PaymentMethod } from '#contracts/shop/payments.js';
import { AppError } from '#platform/http/app-error.js';
import { describeMoney } from '../../describe-money.js';
import type { ModuleContext } from '../../module-context.js';
import { beginAttempt, dropAttempt, finishAttempt } from './payment-attempts.js';
import type { PaymentProvider } from './payment-provider.js';
import { type PaymentTable, toPayment } from './payment-table.js';
import { type Patience, settleCharge } from './settle-charge.js';

/** What charging and refunding work with. */
export interface PaymentWork extends ModuleContext {
  payments: PaymentTable;
  provider: PaymentProvider;
  patience: Patience;
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
  transaction: Transaction,
): Promise<Payment> {
  const { paymentId, orderId, amount, method } = request;
  const begun = await beginAttempt(work.attempts, { paymentId, orderId, kind: 'charge' });
  if (begun === 'taken') throw neverAnswered();
  const charge = { ...amount, token: method.token, reference: orderId };
  const outcome = await settleCharge(work.provider, paymentId, charge, work.patience);
  if (outcome.outcome === 'untouched' && begun === 'new') await dropAttempt(work.attempts, paymentId);
  if (outcome.outcome === 'untouched' || outcome.outcome === 'unknown') throw unavailable(outcome.cause);
  const ours = await finishAttempt(work.database, paymentId, transaction);
  const known = ours ? null : await work.payments.findByPk(paymentId, { transaction });
  if (known) return toPayment(known);
  if (!ours || outcome.outcome === 'void') throw neverAnswered();
  if (outcome.outcome === 'captured') return keepPayment(work, request, outcome.last4, transaction);
  work.recordEvent({ orderId, type: 'payment.declined', detail: outcome.reason }, transaction);
  throw new AppError('payment_declined', 'The payment was declined: try again with another card', {
    cause: outcome.reason,
  });
}

async function keepPayment(
  { payments, clock, recordEvent }: PaymentWork,
  { paymentId, orderId, amount }: PaymentRequest,
  last4: string,
  transaction: Transaction,
): Promise<Payment> {
  const now = clock();
  const row = await payments.create(
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
  const detail = `${describeMoney(amount)} by card ending in ${last4}`;
  recordEvent({ orderId, type: 'payment.captured', detail }, transaction);
  return toPayment(row);
}

export function unavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'Payment service is unavailable', { cause, retryAfter: 2 });
}

function neverAnswered(): AppError {
  return new AppError('timeout', 'Payment provider did not answer in time; nothing was charged');
}
