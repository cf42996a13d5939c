import type { Sequelize, Transaction } from 'sequelize';
import type { TimelineEntry } from '#contracts/shop/orders.js';
import type { RunWrite } from '#platform/http/route.js';
import type { Logger } from '#platform/telemetry/logger.js';

/** Something that happened to an order, in the words of its timeline. */
export interface OrderEvent {
  orderId: string;
  type: TimelineEntry['type'];
  detail: string;
}

/** What every module of the monolith is given. They share one schema: that is the legacy. */
export interface ModuleContext {
  database: Sequelize;
  runWrite: RunWrite<Transaction>;
  clock: () => Date;
  logger: Logger;
  /** Notes an event on the timeline of its order, in the transaction in which it happens. */
  recordEvent: (event: OrderEvent, transaction: Transaction) => Promise<void>;
}
