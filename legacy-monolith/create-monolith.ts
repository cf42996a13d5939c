import type { Express } from 'express';
import type { Registry } from 'prom-client';
import type { Sequelize, Transaction } from 'sequelize';
import { toAppError } from '#platform/database/database-errors.js';
import { forgetOldKeys } from '#platform/database/forget-old-keys.js';
import { rememberAnswers } from '#platform/database/idempotency.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { createHttpApp } from '#platform/http/create-http-app.js';
import { holdKeys } from '#platform/ownership/guard-keys.js';
import { guardWrites } from '#platform/ownership/guard-writes.js';
import type { Logger } from '#platform/telemetry/logger.js';
import type { ModuleContext } from './module-context.js';
import { createCatalogue } from './modules/catalogue/index.js';
import { createInventory } from './modules/inventory/index.js';
import { createNotifications, type Senders } from './modules/notifications/index.js';
import { createOrders, createTimelineWriter } from './modules/orders/index.js';
import { createPayments, type PaymentsOptions } from './modules/payments/index.js';
import { repeatTask } from '#platform/resilience/repeat-task.js';

export interface MonolithOptions {
  database: Sequelize;
  logger: Logger;
  payments: PaymentsOptions;
  senders: Senders;
  /** Age at which an unfinished call to the payment provider counts as abandoned by a crash, in milliseconds. */
  recoverPaymentsAfterMs: number;
  registry?: Registry;
  /** What gateways sign the ids with that they assign. */
  signingKey?: string | undefined;
  clock?: () => Date;
}

/** The shop's application, and the work that it does between requests. */
export interface Monolith {
  app: Express;
  /** Begins to send notifications, recover payments and forget old idempotency keys. */
  startWork(): void;
  /** Resolves when the work in progress has ended. */
  stopWork(): Promise<void>;
}

const recoveryPauseMs = 5_000;
const forgetPauseMs = 60_000;
const capabilities = ['catalogue', 'inventory', 'payments', 'notifications', 'orders'];
/** Those that are being moved: each bucket of their keys has one owner. */
const owned = ['inventory', 'payments', 'notifications'];

/** Wires the modules of the shop into one application on one schema. */
export function createMonolith(options: MonolithOptions): Monolith {
  const { database, logger, registry, clock = () => new Date() } = options;
  const context = createContext(database, logger, clock);
  const catalogue = createCatalogue(context);
  const inventory = createInventory(context, catalogue);
  const payments = createPayments(context, options.payments);
  const notifications = createNotifications(context, options.senders);
  const orders = createOrders(context, { catalogue, inventory, payments, notifications });

  const afterMs = options.recoverPaymentsAfterMs;
  const recover = () => payments.recover({ afterMs, finishCancellation: orders.finishCancellation });
  const forget = async () => {
    for (const capability of capabilities) {
      await forgetOldKeys(database, capability, async (keys, transaction) =>
        owned.includes(capability) ? holdKeys(database, capability, keys, transaction) : new Set(keys),
      );
    }
  };
  const work = [
    notifications.sender,
    repeatTask('recover payments', Math.min(recoveryPauseMs, afterMs), recover, logger),
    repeatTask('forget old idempotency keys', forgetPauseMs, forget, logger),
  ];
  const app = createHttpApp({
    logger,
    routes: [catalogue, orders, inventory, payments, notifications].flatMap(({ routes }) => routes),
    ready: async () => void (await database.query('SELECT 1')),
    explain: (error, capability) => toAppError(`${capitalised(capability)} service`, error),
    ...(registry ? { registry } : {}),
    signingKey: options.signingKey,
  });
  return {
    app,
    startWork: () => work.forEach((task) => task.start()),
    stopWork: async () => void (await Promise.all(work.map((task) => task.stop()))),
  };
}

/** Every transaction writes its events down as the last thing that it does. */
function createContext(database: Sequelize, logger: Logger, clock: () => Date): ModuleContext {
  const timeline = createTimelineWriter(database, clock);
  const thenWriteEvents =
    <Result>(work: (transaction: Transaction) => Promise<Result>) =>
    async (transaction: Transaction): Promise<Result> => {
      const result = await work(transaction);
      await timeline.write(transaction);
      return result;
    };
  const remember = rememberAnswers(database, guardWrites(database, owned));
  return {
    ...{ database, logger, clock },
    runWrite: (write, handle) => remember(write, thenWriteEvents(handle)),
    inTransaction: (work) => runTransaction(database, thenWriteEvents(work)),
    recordEvent: timeline.record,
  };
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
