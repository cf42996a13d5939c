import type { Express } from 'express';
import type { Registry } from 'prom-client';
import type { Sequelize } from 'sequelize';
import { requestServers } from '#contracts/shop/request-servers.js';
import { toAppError } from '#platform/database/database-errors.js';
import { forgetOldKeys } from '#platform/database/forget-old-keys.js';
import type { Guarded } from '#platform/database/guarded.js';
import { rememberAnswers } from '#platform/database/idempotency.js';
import { createHttpApp } from '#platform/http/create-http-app.js';
import type { RequestServer } from '#platform/messaging/serve-requests.js';
import { recordEvents, type SayEvents } from '#platform/outbox/record-events.js';
import { holdKeys } from '#platform/ownership/guard-keys.js';
import { guardWrites } from '#platform/ownership/guard-writes.js';
import { reportOwnersOf } from '#platform/ownership/report-owners.js';
import { repeatTask, type RepeatedTask } from '#platform/resilience/repeat-task.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { reservationsIn } from './adapters/reservation-table.js';
import { stockLevelsIn } from './adapters/stock-level-table.js';
import { inventoryRoutes } from './http/inventory-routes.js';
import { inventoryRequestRoutes } from './requests/inventory-request-routes.js';
import type { ProductExists } from './use-cases/change-stock.js';

export interface InventoryServiceOptions {
  database: Sequelize;
  logger: Logger;
  productExists: ProductExists;
  registry?: Registry;
  clock?: () => Date;
}

export interface InventoryService {
  app: Express;
  /** What is answered over NATS. */
  requests: RequestServer;
  /** Forgets old idempotency keys between requests. */
  forgetting: RepeatedTask;
}

const capability = 'inventory';
const forgetPauseMs = 60_000;

/** Wires the inventory service on its own schema. */
export function createInventoryService(options: InventoryServiceOptions): InventoryService {
  const { database, logger, productExists, registry, clock = () => new Date() } = options;
  const say: SayEvents<Guarded<'inventory'>> = (events, transaction) =>
    recordEvents(database, events, clock(), transaction);
  const work = { levels: stockLevelsIn(database), reservations: reservationsIn(database), clock, say };
  const runWrite = rememberAnswers(guardWrites(database, capability));
  const explain = (error: unknown) => toAppError('Inventory service', error);
  const app = createHttpApp({
    logger,
    routes: inventoryRoutes({ ...work, productExists, runWrite }),
    ready: async () => {
      await database.query('SELECT 1');
    },
    explain,
    reportOwners: reportOwnersOf(database, { side: 'service', owned: [capability] }),
    ...(registry ? { registry } : {}),
  });
  const requests = {
    name: requestServers.inventory,
    description: 'Stock for orders: set aside, put back, shipped',
    routes: inventoryRequestRoutes(database, work),
    ...{ explain, logger },
  };
  const forget = () =>
    forgetOldKeys(database, capability, (keys, transaction) => holdKeys(capability, keys, transaction));
  const forgetting = repeatTask('forget old idempotency keys', forgetPauseMs, forget, logger);
  return { app, requests, forgetting };
}
