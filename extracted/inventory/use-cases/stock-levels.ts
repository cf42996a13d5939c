import type { Reservation } from '#contracts/shop/reservation.js';
import type { SayEvents } from '#platform/outbox/record-events.js';
import type { StockLevel } from '../domain/stock-level.js';

/** Where the use cases find stock levels. */
export interface StockLevels<Transaction> {
  find(productId: string): Promise<StockLevel | undefined>;
  /** In order of product ids (byte by byte), those behind `after`. */
  list(after: string | undefined, limit: number): Promise<StockLevel[]>;
  /** Locks those that exist, in order of their ids, so that no two transactions wait for each other. */
  lock: (productIds: readonly string[], transaction: Transaction) => Promise<Map<string, StockLevel>>;
  /** @returns false when another transaction has just added one */
  add: (level: StockLevel, transaction: Transaction) => Promise<boolean>;
  save: (levels: readonly StockLevel[], transaction: Transaction) => Promise<void>;
}

/** Where they find what is set aside for which order; by product id. */
export interface Reservations<Transaction> {
  lock: (
    orderId: string,
    productIds: readonly string[],
    transaction: Transaction,
  ) => Promise<Map<string, Reservation>>;
  save: (
    orderId: string,
    reservations: ReadonlyMap<string, Reservation>,
    now: Date,
    transaction: Transaction,
  ) => Promise<void>;
}

/** What writing takes. */
export interface StockWork<Transaction> {
  levels: StockLevels<Transaction>;
  reservations: Reservations<Transaction>;
  clock: () => Date;
  say: SayEvents<Transaction>;
}
