import type { Express } from 'express';
import type { Registry } from 'prom-client';
import type { Sequelize } from 'sequelize';
import { toAppError } from '#platform/database/database-errors.js';
import { createHttpApp } from '#platform/http/create-http-app.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { stockLevelsIn } from './adapters/stock-level-table.js';
import { inventoryRoutes } from './http/inventory-routes.js';

export interface InventoryServiceOptions {
  database: Sequelize;
  logger: Logger;
  registry?: Registry;
}

/** Wires the inventory service on its own schema. */
export function createInventoryService({ database, logger, registry }: InventoryServiceOptions): Express {
  return createHttpApp({
    logger,
    routes: inventoryRoutes(stockLevelsIn(database)),
    ready: async () => {
      await database.query('SELECT 1');
    },
    explain: (error) => toAppError('Inventory service', error),
    ...(registry ? { registry } : {}),
  });
}
