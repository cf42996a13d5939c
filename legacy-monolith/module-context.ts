import type { Sequelize, Transaction } from 'sequelize';
import type { RunWrite } from '#platform/http/route.js';
import type { Logger } from '#platform/telemetry/logger.js';

/** What every module of the monolith is given. They share one schema: that is the legacy. */
export interface ModuleContext {
  database: Sequelize;
  runWrite: RunWrite<Transaction>;
  clock: () => Date;
  logger: Logger;
}
