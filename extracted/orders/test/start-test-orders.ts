import express, { type Express } from 'express';
import { Registry } from 'prom-client';
import type { Sequelize } from 'sequelize';
import { requestServers } from '#contracts/shop/request-servers.js';
import type { KeyRing } from '#platform/crypto/key-ring.js';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { linkNats } from '#platform/messaging/link-nats.js';
import { openAsker } from '#platform/messaging/open-asker.js';
import { createShields, type Shields } from '#platform/resilience/shields.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { shopClient } from '../../../legacy-monolith/test/shop-client.js';
import { ordersMigrations } from '../../../migrations/schema/orders/index.js';
import { createTestDatabase } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import { testKeys } from '../../../tests/support/test-keys.js';
import { wideDatabase, wideMs, wideSagas, wideShields } from '../../../tests/support/wide-limits.js';
import { participantsOverNats } from '../adapters/participants-over-nats.js';
import { createOrdersService, type OrdersService } from '../create-orders-service.js';
import type { OrderTimeouts } from '../use-cases/order-work.js';
import type { Participants } from '../use-cases/participants.js';
import { ownAll, startParticipants, type TestParticipants } from './start-participants.js';

/** One instance of the service. */
export interface TestOrders {
  app: Express;
  sagas: OrdersService['sagas'];
  stop(): Promise<void>;
}

/** A shop whose orders, stock and payments are services, and whose catalogue and notifications are the monolith's. */
export interface ServiceShop extends Omit<TestParticipants, 'broker'> {
  /** Every endpoint, wherever it is, as a gateway would have it; orders are answered by the first instance. */
  app: Express;
  shop: ReturnType<typeof shopClient>;
  orders: TestOrders;
  /** A further instance; a test can stand between it and the other capabilities, or let it do nothing by itself. */
  startInstance(options?: InstanceOptions): TestOrders;
  database: Sequelize;
  /** What stands between the first instances and each participant. */
  shields: Shields;
  databaseUrl: string;
  natsUrl: string;
}

export interface InstanceOptions {
  between?: (participants: Participants) => Participants;
  timeouts?: Partial<OrderTimeouts>;
  projectionWaitMs?: number;
  finishCancellationsAfterMs?: number;
  dataKeys?: KeyRing;
  /** Takes up nothing that others have left. */
  idle?: boolean;
}

/**
 * Starts all of it: real services on schemas of their own, with a broker of their own between them.
 * @param hastyWith the capability whose answers are waited for no longer than in production
 */
export async function startServiceShop(
  first: InstanceOptions = {},
  { hastyWith }: { hastyWith?: string } = {},
): Promise<ServiceShop> {
  const others = await startParticipants();
  const { inventory, payments, monolith, providers, watched } = others;
  const schema = await createTestDatabase('orders');
  const database = connectDatabase(schema.url, 20, wideDatabase);
  const logger = createLogger('orders', process.env['TEST_LOG_LEVEL'] ?? 'silent');
  await migrateSchema(database, ordersMigrations, logger);
  await ownAll(database, 'orders');
  const link = linkNats('orders', others.broker.url, logger);
  await until('NATS is there', () => link.connection() !== undefined);
  const registry = new Registry();
  const shields = createShields({ logger, registry, limits: wideShields });
  const asker = openAsker(link, shields, Object.values(requestServers), wideMs);
  const hasty = openAsker(link, shields, Object.values(requestServers));
  const participants = participantsOverNats((endpoint, ...question) =>
    (endpoint.capability === hastyWith ? hasty : asker).ask(endpoint, ...question),
  );

  const instances: TestOrders[] = [];
  const startInstance = (options: InstanceOptions = {}) => {
    const { between = (same) => same, idle, timeouts, ...more } = options;
    const service = createOrdersService({
      ...{ database, logger, participants: between(participants), registry: new Registry() },
      ...{ ...wideSagas, dataKeys: testKeys, ...more },
      timeouts: { answerMs: wideMs, stockMs: wideMs, ...timeouts },
    });
    if (!idle) service.startWork();
    const instance = { app: service.app, sagas: service.sagas, stop: service.stopWork };
    instances.push(instance);
    return instance;
  };
  const orders = startInstance(first);
  const app = facade({
    orders: orders.app,
    inventory: inventory.app,
    payments: payments.app,
    monolith: monolith.app,
  });
  return {
    ...{
      app,
      shop: shopClient(app),
      orders,
      startInstance,
      database,
      databaseUrl: schema.url,
      inventory,
      payments,
      monolith,
      providers,
      watched,
      shields,
      natsUrl: others.broker.url,
    },
    stop: async () => {
      await Promise.all(instances.map((instance) => instance.stop()));
      asker.close();
      hasty.close();
      shields.close();
      await link.close();
      await database.close();
      await Promise.all([others.stop(), schema.drop()]);
    },
  };
}

function facade(apps: Record<'orders' | 'inventory' | 'payments' | 'monolith', Express>): Express {
  const app = express().disable('x-powered-by').set('etag', false);
  app.use((request, response) => {
    const [, part] = request.path.split('/');
    const owner = part === 'customers' ? 'orders' : part;
    const target = apps[owner as keyof typeof apps] ?? apps.monolith;
    target(request, response);
  });
  return app;
}
