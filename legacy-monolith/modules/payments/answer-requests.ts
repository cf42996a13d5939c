import {
  type Charged,
  type ChargeOrder,
  type GivenBack,
  type PaymentOutcome,
  paymentRequests,
} from '#contracts/shop/payment-requests.js';
import type { Payment } from '#contracts/shop/payments.js';
import type { Charge } from '#contracts/shop/provider.js';
import { atMonolith } from '#contracts/strangler/service-endpoint.js';
import type { Guarded } from '#platform/database/guarded.js';
import { AppError } from '#platform/errors/app-error.js';
import { requestRoute, type RequestRoute } from '#platform/messaging/serve-requests.js';
import { guardKeys } from '#platform/ownership/guard-keys.js';
import { chargePayment, type PaymentWork, unavailable } from './charge-payment.js';
import { findAttempt, giveUpAttempt } from './payment-attempts.js';
import { toPayment } from './payment-table.js';
import { listPayments } from './read-payments.js';
import { endCharge } from './recover-attempts.js';
import { completeRefund } from './refund-payment.js';

/** What the orders service asks of payments that this side owns: the same as of the payments service. */
export function paymentRequestRoutes(work: PaymentWork): RequestRoute[] {
  return [
    requestRoute(atMonolith(paymentRequests.all), (page) => listPayments(work.payments, page)),
    requestRoute(atMonolith(paymentRequests.charge), (order) => charge(work, order)),
    requestRoute(atMonolith(paymentRequests.giveBack), (unwanted) => giveBack(work, unwanted)),
    requestRoute(atMonolith(paymentRequests.outcome), ({ paymentId }) => tellOutcome(work, paymentId)),
  ];
}

function guarded<Result>(
  work: PaymentWork,
  paymentId: string,
  handle: (transaction: Guarded<'payments'>) => Promise<Result>,
): Promise<Result> {
  return work.inTransaction(async (transaction) => {
    return handle(await guardKeys(work.database, 'payments', [paymentId], transaction));
  });
}

function charge(work: PaymentWork, order: ChargeOrder): Promise<Charged> {
  return guarded(work, order.paymentId, async (transaction) => {
    const known = await work.payments.findByPk(order.paymentId, { transaction });
    if (known) return taken(toPayment(known));
    try {
      return taken(await chargePayment(work, order, transaction));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // What the provider has decided stays written down.
      if (error.code === 'timeout') return { outcome: 'void' };
      if (error.code === 'payment_declined') return { outcome: 'declined', reason: String(error.cause) };
      throw error;
    }
  });
}

/**
 * Gives the money of a payment back that this side owns, or keeps it from ever being taken. May be repeated.
 * @throws AppError `not_owner`; `unavailable`, `timeout` while the provider can't be asked
 */
export async function giveBack(
  work: PaymentWork,
  unwanted: { paymentId: string; orderId: string },
): Promise<GivenBack> {
  const { paymentId } = unwanted;
  const refunded = await guarded(work, paymentId, async (transaction) => {
    const row = await work.payments.findByPk(paymentId, { transaction, lock: transaction.LOCK.UPDATE });
    if (!row) return void (await giveUpAttempt(work.database, unwanted, transaction));
    await completeRefund(work, paymentId, transaction);
    return toPayment(await row.reload({ transaction }));
  });
  if (refunded) return { outcome: 'refunded', payment: refunded };
  return endOf(await endCharge(work, paymentId));
}

/** What is not written down, and not about to be, the provider knows. */
async function tellOutcome(work: PaymentWork, paymentId: string): Promise<PaymentOutcome> {
  const written = await guarded(work, paymentId, async (transaction): Promise<PaymentOutcome | undefined> => {
    const row = await work.payments.findByPk(paymentId, { transaction });
    if (row) return taken(toPayment(row));
    const attempt = await findAttempt(work.database, paymentId, transaction);
    return attempt && { outcome: attempt.state === 'abandoned' ? 'void' : 'unknown' };
  });
  if (written) return written;
  const reply = await work.provider.find(paymentId);
  if (reply.kind === 'refused' && reply.status === 404) return { outcome: 'none' };
  if (reply.kind !== 'charge') throw unavailable(reply);
  const { status } = reply.charge;
  return status === 'PROCESSING' || status === 'CAPTURED' ? { outcome: 'unknown' } : endOf(reply.charge);
}

function taken(payment: Payment): Extract<Charged, { payment: unknown }> {
  return { outcome: payment.status === 'REFUNDED' ? 'refunded' : 'captured', payment };
}

function endOf({ status, reason }: Charge): Extract<Charged, { outcome: 'declined' | 'void' }> {
  return status === 'DECLINED' ? { outcome: 'declined', reason: reason ?? 'declined' } : { outcome: 'void' };
}
