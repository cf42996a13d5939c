import type { Registry } from 'prom-client';
import type { Sequelize } from 'sequelize';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import type { Logger } from '#platform/telemetry/logger.js';
import type { Projection } from './projection.js';

/** What projections are kept with. */
export interface ProjectionsOptions {
  /** Name of the program, for people. */
  program: string;
  database: Sequelize;
  /** Connections that nobody else waits for: up to two are held for each projection. */
  own: Sequelize;
  nats: NatsConnection;
  projections: readonly Projection[];
  logger: Logger;
  registry: Registry;
  /** Between two looks whether there is something to build, in milliseconds. */
  pauseMs?: number;
}
