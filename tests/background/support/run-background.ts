import { Registry } from 'prom-client';
import { requestServers } from '#contracts/shop/request-servers.js';
import { eventStream, eventSubjects } from '#contracts/strangler/domain-event.js';
import { connectDatabase } from '#platform/database/connect-database.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import { linkNats } from '#platform/messaging/link-nats.js';
import { ensureLog, openLog } from '#platform/messaging/ordered-log.js';
import { openAsker } from '#platform/messaging/open-asker.js';
import { runProjections } from '#platform/projections/run-projections.js';
import { createShields } from '#platform/resilience/shields.js';
import { reportGrowth } from '#platform/growth/report-growth.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { schemaStores } from '../../../deploy/growth/every-store.js';
import { createInventoryService } from '../../../extracted/inventory/create-inventory-service.js';
import { startTestNotifications } from '../../../extracted/notifications/test/start-test-notifications.js';
import { createOrdersService } from '../../../extracted/orders/create-orders-service.js';
import { participantsOverNats } from '../../../extracted/orders/adapters/participants-over-nats.js';
import { elsewhereOver } from '../../../extracted/orders/adapters/read-elsewhere.js';
import { orderProjections } from '../../../extracted/orders/order-projections.js';
import { startTestPayments } from '../../../extracted/payments/test/start-test-payments.js';
import { startTestMonolith } from '../../../legacy-monolith/test/start-test-monolith.js';
import { moves } from '../../../migrations/moves/index.js';
import { writeHeartbeats } from '../../../sidecar/capture/write-heartbeats.js';
import { runEvents } from '../../../sidecar/events/run-events.js';
import { createMetrics } from '../../../sidecar/observe/metrics.js';
import { lookAtTables } from '../../../sidecar/observe/measure-stores.js';
import { runOwnership } from '../../../sidecar/ownership/run-ownership.js';
import { runRetirement } from '../../../sidecar/retirement/run-retirement.js';
import { serveVerify } from '../../../sidecar/verify/serve-verify.js';
import { testKeys } from '../../support/test-keys.js';
import { wideDatabase, wideSagas } from '../../support/wide-limits.js';
import type { FilledShop } from './filled-shop.js';

const logger = createLogger('test', process.env['TEST_LOG_LEVEL'] ?? 'silent');
const nobody = 'smtp://127.0.0.1:9';
/** What was touched longer ago than this counts as left behind, in milliseconds; no filled row was. */
const afterMs = 3_600_000;

export type End = () => Promise<unknown>;

/** Makes the stream of events, whose first places have expired. @returns when it was made */
export async function makeStream(natsUrl: string, expired: number): Promise<string> {
  const nats = await connectNats('stream', natsUrl);
  const log = await openLog(nats, eventStream, eventSubjects);
  const { createdAt } = await ensureLog(log);
  await log.manager.streams.purge(eventStream, { seq: expired + 1 });
  const { firstSequence } = await ensureLog(log);
  await nats.close();
  if (firstSequence !== expired + 1) throw new Error(`the stream begins at ${firstSequence}`);
  return createdAt;
}

/** Runs all that a shop does by itself: every program, and the sidecar beside each. @returns ends it */
export async function runBackground(shop: FilledShop, natsUrl: string): Promise<End> {
  const endings = await Promise.all([
    runPrograms(shop),
    runOrders(shop, natsUrl),
    runSidecars(shop, natsUrl),
  ]);
  endings.push(measureStores(shop));
  return async () => {
    for (const end of endings.flat().toReversed()) await end();
  };
}

async function runPrograms({ monolith, inventory, payments, notifications }: FilledShop): Promise<End[]> {
  const old = { recoverPaymentsAfterMs: afterMs, recoverStockAfterMs: afterMs };
  const stocks = createInventoryService({
    ...{ database: inventory.database, logger, registry: new Registry() },
    productExists: () => Promise.resolve(true),
  });
  stocks.forgetting.start();
  const programs = await Promise.all([
    startTestMonolith({ databaseUrl: monolith.url, smtpUrl: nobody, ...old }),
    startTestPayments({ databaseUrl: payments.url, recoverAfterMs: afterMs }),
    startTestNotifications({ databaseUrl: notifications.url, smtpUrl: nobody }),
  ]);
  return [...programs.map((program) => () => program.stop()), () => stocks.forgetting.stop()];
}

async function runOrders({ orders: { url, database } }: FilledShop, natsUrl: string): Promise<End[]> {
  const own = connectDatabase(url, 4, wideDatabase);
  const nats = await connectNats('orders', natsUrl);
  const link = linkNats('orders', natsUrl, logger);
  const shields = createShields({ logger, registry: new Registry() });
  const asker = openAsker(link, shields, Object.values(requestServers));
  const service = createOrdersService({
    ...{ database, logger, registry: new Registry(), ...wideSagas, finishCancellationsAfterMs: afterMs },
    dataKeys: testKeys,
    participants: participantsOverNats((endpoint, ...question) => asker.ask(endpoint, ...question)),
  });
  service.startWork();
  const stopProjections = runProjections({
    ...{ program: 'orders', database, own, nats, logger, registry: new Registry() },
    projections: orderProjections(database, elsewhereOver(link)),
  });
  return [
    () => own.close(),
    () => nats.close(),
    () => link.close(),
    async () => (asker.close(), shields.close()),
    service.stopWork,
    stopProjections,
  ];
}

/** All that programs and sidecars measure, of full tables. */
function measureStores(shop: FilledShop): End[] {
  return Object.entries(shop).map(([name, { url }]) => {
    const tables = schemaStores[name === 'monolith' ? 'shop' : name] ?? [];
    const look = lookAtTables({ program: name, url, capabilities: [], keptHours: 24, tables });
    const growth = reportGrowth({ program: name, registry: new Registry(), logger, looks: [look] });
    return () => growth.stop();
  });
}

async function runSidecars(shop: FilledShop, natsUrl: string): Promise<End[]> {
  const nats = await connectNats('sidecars', natsUrl);
  const metrics = createMetrics(new Registry());
  const endings: End[] = [() => nats.close()];
  for (const { url } of Object.values(shop)) {
    const heartbeats = writeHeartbeats(url, logger);
    endings.push(() => heartbeats.stop());
  }
  for (const move of moves)
    for (const side of ['monolith', 'service'] as const) {
      const { capability } = move;
      const { url } = shop[side === 'monolith' ? side : (capability as keyof FilledShop)];
      const common = { url, move, side, nats, logger };
      const stopVerifying = serveVerify(common);
      const replicating = { stop: () => Promise.resolve() };
      const parts = [
        runOwnership({ ...common, metrics: metrics.ownership(capability) }),
        runRetirement(
          common,
          () => replicating,
          () => () => undefined,
        ),
        runEvents({ ...common, capability, metrics: metrics.events(capability), keptMs: 86_400_000 }),
      ];
      endings.push(stopVerifying, ...parts.map((part) => () => part.stop()));
    }
  return endings;
}
