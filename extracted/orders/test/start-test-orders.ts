import express, { type Express } from 'express';
import { Registry } from 'prom-client';
import type { Sequelize } from 'sequelize';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/database/migrate-schema.js';
import { linkNats } from '#platform/messaging/link-nats.js';
import { createLogger } from '#platform/telemetry/logger.js';
import {
  startTestProviders,
  type TestProviders,
} from '../../../deploy/sandboxes/providers/test/start-test-providers.js';
import { shopClient } from '../../../legacy-monolith/test/shop-client.js';
import { startTestMonolith, type TestMonolith } from '../../../legacy-monolith/test/start-test-monolith.js';
import { ordersMigrations } from '../../../migrations/schema/orders/index.js';
import { type OwnServer, ownBroker } from '../../../sidecar/test/support/own-servers.js';
import { createTestDatabase } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import { startTestInventory, type TestInventory } from '../../inventory/test/start-test-inventory.js';
import { startTestPayments, type TestPayments } from '../../payments/test/start-test-payments.js';
import { participantsOverNats } from '../adapters/participants-over-nats.js';
import { createOrdersService, type OrdersService } from '../create-orders-service.js';
import type { Participants } from '../use-cases/participants.js';

/** One instance of the service. */
export interface TestOrders {
  app: Express;
  sagas: OrdersService['sagas'];
  stop(): Promise<void>;
}

/** A shop whose orders, stock and payments are services, and whose catalogue and notifications are the monolith's. */
export interface ServiceShop {
  /** Every endpoint, wherever it is, as a gateway would have it; orders are answered by the first instance. */
  app: Express;
  shop: ReturnType<typeof shopClient>;
  orders: TestOrders;
  /** A further instance; a test can stand between it and the other capabilities, or let it do nothing by itself. */
  startInstance(options?: InstanceOptions): TestOrders;
  database: Sequelize;
  databaseUrl: string;
  natsUrl: string;
  inventory: TestInventory;
  payments: TestPayments;
  monolith: TestMonolith;
  providers: TestProviders;
  stop(): Promise<void>;
}

export interface InstanceOptions {
  between?: (participants: Participants) => Participants;
  leaseMs?: number;
  projectionWaitMs?: number;
  finishCancellationsAfterMs?: number;
  /** Takes up nothing that others have left. */
  idle?: boolean;
}

/** Starts all of it: real services on schemas of their own, with a broker of their own between them. */
export async function startServiceShop(first: InstanceOptions = {}): Promise<ServiceShop> {
  const [broker, providers] = await Promise.all([ownBroker(), startTestProviders()]);
  const natsUrl = broker.url;
  const providersUrl = providers.url;
  const [monolith, inventory, payments] = await Promise.all([
    startTestMonolith({ providersUrl, natsUrl }),
    startTestInventory({ natsUrl }),
    startTestPayments({ providersUrl, natsUrl }),
  ]);
  const schema = await createTestDatabase('orders');
  const database = connectDatabase(schema.url);
  const logger = createLogger('orders', process.env['TEST_LOG_LEVEL'] ?? 'silent');
  await migrateSchema(database, ordersMigrations, logger);
  await Promise.all([own(inventory.database, 'inventory'), own(database, 'orders')]);
  const link = linkNats('orders', natsUrl, logger);
  await until('NATS is there', () => link.connection() !== undefined);
  const participants = participantsOverNats(link);

  const instances: TestOrders[] = [];
  const startInstance = ({ between = (same) => same, idle, ...more }: InstanceOptions = {}) => {
    const service = createOrdersService({
      ...{ database, logger, participants: between(participants), registry: new Registry() },
      ...more,
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
      natsUrl,
      inventory,
      payments,
      monolith,
      providers,
    },
    stop: async () => {
      await Promise.all(instances.map((instance) => instance.stop()));
      await link.close();
      await database.close();
      await Promise.all([
        monolith.stop(),
        inventory.stop(),
        payments.stop(),
        providers.stop(),
        schema.drop(),
      ]);
      await (broker satisfies OwnServer).end();
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

async function own(database: Sequelize, capability: string): Promise<void> {
  await database.query(`UPDATE ${capability}_ownership SET state = 'owned', epoch = 2`);
}
