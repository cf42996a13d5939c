import type { OrderStatus } from '#contracts/shop/orders.js';
import type { Charge } from '#contracts/shop/provider.js';

export interface BookedOrder {
  orderId: string;
  status: OrderStatus;
  /** Minor units. */
  total: number;
  currency: string;
  paymentId: string | null;
  /** Where its customer gets mails; a customer without an address gets none. */
  email: string | null;
  items: { productId: string; quantity: number }[];
}

/** A payment as the shop keeps it, in minor units. */
export interface BookedPayment {
  paymentId: string;
  orderId: string;
  currency: string;
  captured: number;
  refunded: number;
}

export interface BookedStock {
  available: number;
  reserved: number;
}

/** A mail that has arrived. */
export interface BookedMail {
  orderId: string;
  template: string;
  /** Of two mails with the same one, the second is a repetition after a crash, which mail programs show once. */
  messageId: string;
}

/** What the shop, its card provider and its customers have in hand of orders. */
export interface Books {
  orders: readonly BookedOrder[];
  /** The card provider's own ledger. */
  charges: readonly Charge[];
  payments: readonly BookedPayment[];
  stock: ReadonlyMap<string, BookedStock>;
  /** Stock before the first of these orders. */
  stockBefore: ReadonlyMap<string, BookedStock>;
  mails: readonly BookedMail[];
  /** Work that is still to be done, each said in a few words. */
  open: readonly string[];
}

/** Something that does not add up. */
export interface Discrepancy {
  /** Order, product or payment. */
  about: string;
  what: string;
}
