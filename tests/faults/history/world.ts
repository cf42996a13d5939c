import type { Side } from '#contracts/strangler/move.js';
import type { StockMovement } from './movements.js';

/** Stock of a product, as the API shows it. */
export interface StockState {
  available: number;
  reserved: number;
  version: number;
}

/** What one order has done to the stock of one product. */
export interface ReservationState {
  orderId: string;
  productId: string;
  quantity: number;
  state: 'reserved' | 'released' | 'shipped';
}

export interface OrderState {
  orderId: string;
  status: string;
  items: readonly { productId: string; quantity: number }[];
}

/** All that the databases say once everything has come to rest. */
export interface World {
  stock: Record<Side, ReadonlyMap<string, StockState>>;
  reservations: Record<Side, readonly ReservationState[]>;
  /** What both sides have said of stock that moved for orders. */
  movements: readonly StockMovement[];
  orders: readonly OrderState[];
  /** Rows of both ownership tables. */
  owned: Record<Side, readonly number[]>;
  /** Answers that are remembered under keys, by key, on each side. */
  remembered: Record<Side, ReadonlyMap<string, number>>;
}
