import type { Payment } from '#contracts/shop/payments.js';
import { AppError } from '#platform/errors/app-error.js';
import type { Page } from '#platform/http/page.js';
import { type CapturedPayment, toPayment } from '../domain/payment.js';
import type { Payments } from './payment-work.js';

/** Which payments, and how many of them. */
export interface PaymentQuery {
  orderId?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** Reads one page, newest first; a cursor that the monolith gave is good here, and the other way round. */
export type ReadPayments = (query: PaymentQuery) => Promise<Page<CapturedPayment>>;

/** @throws AppError `not_found` */
export async function getPayment(
  payments: Pick<Payments<never>, 'find'>,
  paymentId: string,
): Promise<Payment> {
  const payment = await payments.find(paymentId);
  if (!payment) throw new AppError('not_found', `There is no payment ${paymentId}`);
  return toPayment(payment);
}

/** Payments, newest first: all, or those of one order. */
export async function listPayments(read: ReadPayments, query: PaymentQuery): Promise<Page<Payment>> {
  const { items, nextCursor } = await read(query);
  return { items: items.map(toPayment), nextCursor };
}
