import type { Product } from '#contracts/shop/catalogue.js';
import type { OrderStock } from '#contracts/shop/inventory-requests.js';
import type { Page } from '#platform/http/page.js';
import type { Payment } from '#contracts/shop/payments.js';
import type { Notification } from '#contracts/shop/notifications.js';
import type { Settlement } from '#contracts/shop/order-requests.js';
import type { Order } from '#contracts/shop/orders.js';
import type { ChargeOrder, PaymentOutcome } from '#contracts/shop/payment-requests.js';
import { AppError } from '#platform/errors/app-error.js';

/** What products cost. Throws AppError `unavailable`. */
export type FindProducts = (productIds: readonly string[]) => Promise<ReadonlyMap<string, Product>>;

/**
 * Stock of an order's items, whichever sides own them. Each call may be repeated; throws AppError `insufficient_stock`
 * or `invalid_state` as refusals, after which nothing stays reserved by that call.
 */
export interface OrderStockPort {
  reserve(order: OrderStock): Promise<void>;
  release(order: OrderStock): Promise<void>;
  ship(order: OrderStock): Promise<void>;
}

/** Payments of orders, whichever side owns them. Each call may be repeated under the same payment id. */
export interface OrderPaymentPort {
  charge(order: ChargeOrder): Promise<PaymentOutcome>;
  outcome(paymentId: string): Promise<PaymentOutcome>;
  /** Gives the money back, or keeps it from ever being taken. */
  giveBack(payment: { paymentId: string; orderId: string }): Promise<PaymentOutcome>;
}

/** What a customer is told about an order. */
export interface Notice {
  channel: Notification['channel'];
  to: string;
  template: Exclude<Notification['template'], 'message'>;
  data: Record<string, string | number>;
  orderId: string;
}

/** Tells the customer, once per order, template and channel. */
export type TellCustomer = (notice: Notice) => Promise<void>;

/**
 * Has the side that owns an order now write down what became of it, and tell the order. May be repeated; throws AppError `invalid_state`
 * where the order has gone another way.
 */
export type SettleElsewhere = (settlement: Settlement) => Promise<Order>;

/**
 * What other capabilities have, wherever they are: all of it, newest first, page by page.
 * Throws AppError `unavailable`.
 */
export interface Elsewhere {
  payments(cursor: string | undefined): Promise<Page<Payment>>;
  notifications(cursor: string | undefined): Promise<Page<Omit<Notification, 'to'>>>;
}

export interface Participants {
  findProducts: FindProducts;
  stock: OrderStockPort;
  payments: OrderPaymentPort;
  tell: TellCustomer;
  settleElsewhere: SettleElsewhere;
}

/** Nobody has been asked: nothing can have happened. */
export class Unreachable extends AppError {
  constructor(service: string, cause: unknown) {
    super('unavailable', `${service} service is unavailable`, { cause, retryAfter: 2 });
  }
}
