import type { Transaction } from 'sequelize';
import type { CustomerSummary, Order } from '#contracts/shop/orders.js';
import type { Page } from '#platform/http/page.js';
import type { Projection } from '#platform/projections/projection.js';
import { type PlacedOrder, toOrder } from '../domain/order.js';
import { orderEventTypes, orderOf } from './hear-events.js';
import type { OrderQuery } from './order-work.js';

/** The projection that lists of orders, and summaries of customers, are read from. */
export const orderViewsName = 'order-views';

/** Orders as they are listed, built from what has been said of them. */
export interface OrderViews<Transaction> {
  /** Keeps them for one build; of two versions of an order the later stays, whichever comes first. */
  keep: (orders: readonly Order[], build: number, transaction: Transaction) => Promise<void>;
  /** Is there a build to be read? */
  isBuilt(): Promise<boolean>;
  /** Which version is known of each of these orders; those that are not known are left out. */
  versions(orderIds: readonly string[]): Promise<Map<string, number>>;
  list(query: OrderQuery): Promise<Page<Order>>;
  summarise(customerId: string): Promise<CustomerSummary | undefined>;
  /** When a customer's order was changed last whose version is not known here; undefined where all are. */
  unseen(customerId: string): Promise<Date | undefined>;
  clear(before: number, limit: number): Promise<number>;
}

/** A piece of the orders' own table. */
export interface OrdersPiece {
  /** The last order that was looked at. */
  after: string;
  orders: PlacedOrder[];
}

/** The orders' own table, read from its first order to its last. */
export interface OrderHistory {
  size(): Promise<number>;
  /** @returns undefined behind the last */
  read(after: string | undefined): Promise<OrdersPiece | undefined>;
  /** The same, less those that a build of this projection has. */
  readMissing(
    after: string | undefined,
    build: number,
    projection: 'order_views' | 'tracking_facts',
  ): Promise<OrdersPiece | undefined>;
}

/** Keeps what lists and summaries are read from. */
export function projectOrderViews(views: OrderViews<Transaction>, history: OrderHistory): Projection {
  const pieceOf = (found: OrdersPiece | undefined) =>
    found && {
      after: found.after,
      size: found.orders.length,
      write: (build: number, transaction: Transaction) =>
        views.keep(found.orders.map(toOrder), build, transaction),
    };
  return {
    name: orderViewsName,
    types: orderEventTypes,
    apply: (events, build, transaction) => views.keep(events.map(orderOf), build, transaction),
    sources: [
      {
        name: 'orders',
        size: () => history.size(),
        read: async (after) => pieceOf(await history.read(after)),
        readMissing: async (after, build) => pieceOf(await history.readMissing(after, build, 'order_views')),
      },
    ],
    clear: (before, limit) => views.clear(before, limit),
  };
}
