import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Registry } from 'prom-client';
import type { Sequelize } from 'sequelize';
import request from 'supertest';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/database/migrate-schema.js';
import { runConsumer } from '#platform/inbox/run-consumer.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { ordersMigrations } from '../../../migrations/schema/orders/index.js';
import { type EventPublisher, runEvents } from '../../../sidecar/events/run-events.js';
import { createMetrics } from '../../../sidecar/metrics.js';
import { type OwnServer, ownBroker } from '../../../sidecar/test/support/own-servers.js';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import { startTestNotifications } from '../../notifications/test/start-test-notifications.js';
import { trackingEntriesIn } from '../adapters/tracking-entry-table.js';
import { trackNotifications } from '../use-cases/track-notifications.js';

jest.setTimeout(60_000);

const logger = createLogger('test', process.env['TEST_LOG_LEVEL'] ?? 'silent');

describe('what becomes of a message about an order', () => {
  let broker: OwnServer;
  let schema: TestDatabase;
  let database: Sequelize;
  let own: Sequelize;
  let nats: NatsConnection;
  let notifications: Awaited<ReturnType<typeof startTestNotifications>>;
  let publisher: EventPublisher;
  let stopFollowing: () => Promise<void>;

  beforeAll(async () => {
    broker = await ownBroker();
    nats = await connectNats('test', broker.url);
    schema = await createTestDatabase('orders');
    [database, own] = [connectDatabase(schema.url), connectDatabase(schema.url, 2)];
    await migrateSchema(database, ordersMigrations, logger);
    notifications = await startTestNotifications();
    publisher = runEvents({
      ...{ url: notifications.databaseUrl, capability: 'notifications', side: 'service', nats, logger },
      metrics: createMetrics(new Registry()).events('notifications'),
      keptMs: 60_000,
    });
    const consumer = trackNotifications(trackingEntriesIn(database));
    stopFollowing = runConsumer({ database, own, nats, consumer, logger });
  });
  afterAll(async () => {
    await Promise.all([stopFollowing(), publisher.stop()]);
    await notifications.stop();
    await Promise.all([database.close(), own.close(), nats.close()]);
    await schema.drop();
    await broker.end();
  });

  it("comes to the order's timeline from the service that sends it, through its outbox", async () => {
    const message = {
      ...{ channel: 'email', to: 'ada@example.com', template: 'order-shipped', orderId: 'o-1' },
      data: { orderId: 'o-1', amount: 100, currency: 'GBP', carrier: 'Post', trackingNumber: 'T1' },
    };
    await request(notifications.app).post('/notifications').send(message).expect(202);
    const heard = () => trackingEntriesIn(database).of('o-1');
    await until('it has been sent', async () => (await heard()).length === 2);
    expect((await heard()).map(({ type, detail }) => [type, detail])).toEqual([
      ['notification.queued', 'order-shipped by email'],
      ['notification.sent', 'order-shipped by email'],
    ]);
  });
});
