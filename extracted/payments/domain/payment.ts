import type { Money } from '#contracts/http/fields.js';
import type { Payment } from '#contracts/shop/payments.js';

/** Money that was taken for an order, and how much of it went back. Amounts are in minor units of the currency. */
export interface CapturedPayment {
  paymentId: string;
  orderId: string;
  currency: string;
  capturedAmount: number;
  refundedAmount: number;
  cardLast4: string;
  version: number;
  capturedAt: Date;
  refundedAt: Date | null;
  updatedAt: Date;
}

export interface Capture {
  paymentId: string;
  orderId: string;
  amount: Money;
  last4: string;
}

/** The first version of a payment. */
export function capture({ paymentId, orderId, amount, last4 }: Capture, now: Date): CapturedPayment {
  return {
    ...{ paymentId, orderId },
    currency: amount.currency,
    capturedAmount: amount.amount,
    refundedAmount: 0,
    cardLast4: last4,
    version: 1,
    capturedAt: now,
    refundedAt: null,
    updatedAt: now,
  };
}

/** All of it goes back; nothing happens to a payment after that. */
export function refund(payment: CapturedPayment, now: Date): CapturedPayment {
  return {
    ...payment,
    refundedAmount: payment.capturedAmount,
    version: payment.version + 1,
    refundedAt: now,
    updatedAt: now,
  };
}

export function isRefunded({ refundedAt }: Pick<CapturedPayment, 'refundedAt'>): boolean {
  return refundedAt !== null;
}

/** The resource that clients see. */
export function toPayment(payment: CapturedPayment): Payment {
  return {
    paymentId: payment.paymentId,
    orderId: payment.orderId,
    amount: { amount: payment.capturedAmount, currency: payment.currency },
    status: isRefunded(payment) ? 'REFUNDED' : 'CAPTURED',
    method: { type: 'card', last4: payment.cardLast4 },
    version: payment.version,
    createdAt: payment.capturedAt.toISOString(),
    updatedAt: payment.updatedAt.toISOString(),
  };
}
