import { Registry } from 'prom-client';
import { connectDatabase } from '#platform/database/connect-database.js';
import { serveHttp } from '#platform/http/serve-http.js';
import { linkNats } from '#platform/messaging/link-nats.js';
import { askService } from '#platform/messaging/ask-service.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { participantsOverNats } from '../../../../extracted/orders/adapters/participants-over-nats.js';
import { createOrdersService } from '../../../../extracted/orders/create-orders-service.js';
import { type Interference, interferingEngine } from '../interfere.js';
import { testKeys } from '../../../support/test-keys.js';
import { wideDatabase } from '../../../support/wide-limits.js';

/**
 * The orders service with all that is its own, but an engine that comes to grief where its test says so.
 * `INTERFERENCES` is a list of them; by `STOPPED_CLOCK`, milliseconds, the patience with a step never ends.
 */
const { MYSQL_URL = '', NATS_URL = '', INTERFERENCES = '[]', STOPPED_CLOCK } = process.env;
/** With a participant, in milliseconds: as long as a saga's lease allows, since no test here is about being late. */
const patience = 10_000;
const logger = createLogger('orders', 'info');
const database = connectDatabase(MYSQL_URL, 100, wideDatabase);
const link = linkNats('orders', NATS_URL, logger, async () => undefined);
const createEngine = interferingEngine(
  JSON.parse(INTERFERENCES) as Interference[],
  (halted) => logger.info({ halted }, 'a saga is where it goes no further'),
  () => Number(STOPPED_CLOCK ?? Date.now()),
);
const service = createOrdersService({
  ...{ database, logger, createEngine, registry: new Registry() },
  // No shield: more sagas than it would let through are held in the middle of a question.
  participants: participantsOverNats((endpoint, request, timeout) =>
    askService(link, endpoint, request, Math.max(timeout, patience)),
  ),
  minStepTimeoutMs: patience,
  dataKeys: testKeys,
});
const server = await serveHttp(service.app, '127.0.0.1', 0);
service.startWork();
while (link.connection() === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
logger.info({ port: server.port }, 'orders is listening');
