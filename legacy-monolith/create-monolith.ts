import type { Express } from 'express';
import type { Sequelize } from 'sequelize';
import { toAppError } from '#platform/database/database-errors.js';
import { rememberAnswers } from '#platform/database/idempotency.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { createHttpApp } from '#platform/http/create-http-app.js';
import type { Logger } from '#platform/telemetry/logger.js';
import type { ModuleContext } from './module-context.js';
import { createCatalogue } from './modules/catalogue/index.js';
import { createInventory } from './modules/inventory/index.js';

export interface MonolithOptions {
  database: Sequelize;
  logger: Logger;
  clock?: () => Date;
}

/** Wires the modules of the shop into one application on one schema. */
export function createMonolith({ database, logger, clock = () => new Date() }: MonolithOptions): Express {
  const runWrite = rememberAnswers(database, (_write, work) => runTransaction(database, work));
  const context: ModuleContext = { database, runWrite, clock, logger };
  const catalogue = createCatalogue(context);
  const inventory = createInventory(context, catalogue);
  return createHttpApp({
    logger,
    routes: [...catalogue.routes, ...inventory.routes],
    ready: async () => void (await database.query('SELECT 1')),
    explain: (error, capability) => toAppError(`${capitalised(capability)} service`, error),
  });
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
