import type { Sequelize, Transaction } from 'sequelize';
import type { TimelineEntry } from '#contracts/shop/orders.js';
import type { Guarded } from '#platform/database/guarded.js';
import type { RunWrite } from '#platform/http/route.js';
import type { SayEvents } from '#platform/outbox/record-events.js';
import type { Logger } from '#platform/telemetry/logger.js';

/** Something that happened to an order, in the words of its timeline. */
export interface OrderEvent {
  orderId: string;
  type: TimelineEntry['type'];
  detail: string;
  /** When, if that was before now. */
  at?: Date;
}

/** Runs a write behind the guard of its capability, where that has one. */
export type RunWrites = {
  readonly [Capability in 'catalogue' | 'inventory' | 'payments' | 'notifications' | 'orders']: RunWrite<
    Guarded<Capability>
  >;
};

/** What every module of the monolith is given. They share one schema: that is the legacy. */
export interface ModuleContext {
  database: Sequelize;
  runWrite: RunWrites;
  clock: () => Date;
  logger: Logger;
  /** Whether the tables of a capability are still this program's to work on. */
  inUse: (capability: string) => boolean;
  /** Runs work that no request asked for in a transaction, again after a deadlock. */
  inTransaction: <Result>(work: (transaction: Transaction) => Promise<Result>) => Promise<Result>;
  /** The same for an order that this side owns, which is held while it runs; throws AppError `not_owner`. */
  inOrder: <Result>(
    orderId: string,
    work: (transaction: Guarded<'orders'>) => Promise<Result>,
  ) => Promise<Result>;
  /** Says what has happened to the shop's other programs, if the transaction commits; it holds the keys' ownership. */
  say: SayEvents<Transaction>;
  /**
   * Notes an event for the timeline of its order; it is written with the last of the transaction's work, if this side
   * owns the order: the timeline is part of it.
   */
  recordEvent: (event: OrderEvent, transaction: Transaction) => void;
}
