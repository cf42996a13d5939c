import type { Payment } from '#contracts/shop/payments.js';
import { readNewestFirst } from '#platform/database/newest-first.js';
import { AppError } from '#platform/errors/app-error.js';
import type { Page } from '#platform/http/page.js';
import { type PaymentTable, toPayment } from './payment-table.js';

/** @throws AppError `not_found` */
export async function getPayment(payments: PaymentTable, paymentId: string): Promise<Payment> {
  const row = await payments.findByPk(paymentId);
  if (!row) throw new AppError('not_found', `There is no payment ${paymentId}`);
  return toPayment(row);
}

/** Payments, newest first: all, or those of one order. */
export async function listPayments(
  payments: PaymentTable,
  { orderId, ...page }: { orderId?: string | undefined; limit: number; cursor?: string | undefined },
): Promise<Page<Payment>> {
  const where = orderId === undefined ? {} : { orderId };
  const { items, nextCursor } = await readNewestFirst(payments, 'paymentId', where, page);
  return { items: items.map(toPayment), nextCursor };
}
