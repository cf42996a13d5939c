import { Registry } from 'prom-client';
import { connectDatabase } from '#platform/database/connect-database.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import { linkNats } from '#platform/messaging/link-nats.js';
import type { Projection } from '#platform/projections/projection.js';
import { runProjections } from '#platform/projections/run-projections.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { type EventPublisher, runEvents } from '../../../sidecar/events/run-events.js';
import { createMetrics } from '../../../sidecar/observe/metrics.js';
import { until } from '../../../tests/support/until.js';
import { elsewhereOver } from '../adapters/read-elsewhere.js';
import { orderProjections } from '../order-projections.js';
import type { ServiceShop } from './start-test-orders.js';
import { wideDatabase } from '../../../tests/support/wide-limits.js';

const logger = createLogger('test', process.env['TEST_LOG_LEVEL'] ?? 'silent');

/** Publishes what each side says of each capability, as sidecars do. @returns ends it */
export async function publishAll({ natsUrl, ...shop }: ServiceShop): Promise<() => Promise<void>> {
  const nats = await connectNats('test', natsUrl);
  const metrics = createMetrics(new Registry());
  const outboxes = [
    { url: shop.databaseUrl, capability: 'orders', side: 'service' },
    { url: shop.inventory.databaseUrl, capability: 'inventory', side: 'service' },
    { url: shop.payments.databaseUrl, capability: 'payments', side: 'service' },
    { url: shop.monolith.databaseUrl, capability: 'notifications', side: 'monolith' },
  ] as const;
  const publishers: EventPublisher[] = outboxes.map((outbox) =>
    runEvents({
      ...outbox,
      ...{ nats, logger, metrics: metrics.events(outbox.capability), keptMs: 60_000 },
    }),
  );
  return async () => {
    await Promise.all(publishers.map((publisher) => publisher.stop()));
    await nats.close();
  };
}

export interface TestProjections {
  registry: Registry;
  stop(): Promise<void>;
}

/** One instance that builds what queries read. @param between stands between it and what it builds */
export async function startProjections(
  { databaseUrl, natsUrl }: Pick<ServiceShop, 'databaseUrl' | 'natsUrl'>,
  between: (projection: Projection) => Projection = (same) => same,
): Promise<TestProjections> {
  const [database, own] = [
    connectDatabase(databaseUrl, 20, wideDatabase),
    connectDatabase(databaseUrl, 4, wideDatabase),
  ];
  const nats = await connectNats('orders', natsUrl);
  const link = linkNats('orders', natsUrl, logger);
  await until('NATS is there', () => link.connection() !== undefined);
  const registry = new Registry();
  const stop = runProjections({
    ...{ program: 'orders', database, own, nats, logger, registry, pauseMs: 50 },
    projections: orderProjections(database, elsewhereOver(link)).map(between),
  });
  return {
    registry,
    stop: async () => {
      await stop();
      await Promise.all([nats.close(), link.close()]);
      await Promise.all([database.close(), own.close()]);
    },
  };
}
