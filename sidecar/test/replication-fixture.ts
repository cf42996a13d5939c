import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { changeStream, changeSubject } from '#contracts/strangler/change-message.js';
import type { Move } from '#contracts/strangler/move.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import { deleteLog, logState, openLog } from '#platform/messaging/ordered-log.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { inventory } from '../../migrations/moves/inventory.js';
import { replicationTables } from '../../migrations/schema/sidecar/replication-tables.js';
import { createTestDatabase, testServers } from '../../tests/support/servers.js';
import { type Applier, runApply } from '../apply/run-apply.js';
import { type Capture, runCapture } from '../capture/run-capture.js';
import { writeHeartbeats } from '../capture/write-heartbeats.js';
import { type Connection, connectMysql, selectRows } from '../connect-mysql.js';
import { createTables } from '../create-tables.js';
import { createMetrics } from '../metrics.js';

const logger = createLogger('test', process.env['TEST_LOG_LEVEL'] ?? 'fatal');

const stockColumns = `reserved INT UNSIGNED NOT NULL, version INT UNSIGNED NOT NULL, updated_at DATETIME(3) NOT NULL`;
const productId = 'product_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY';

/** Two databases, and the programs between them, on servers of the test run. */
export interface Replication {
  move: Move;
  sourceUrl: string;
  replicaUrl: string;
  source: Connection;
  replica: Connection;
  startCapture(): Promise<Capture>;
  startApplier(): Promise<Applier>;
  /** Rows of both sides as the service would have them, for comparison. */
  bothSides(): Promise<{ source: unknown[]; replica: unknown[] }>;
  end(): Promise<void>;
}

/** @param natsUrl a broker of the test's own, for tests that end it */
export async function createReplication(natsUrl = testServers().natsUrl): Promise<Replication> {
  const move: Move = { ...inventory, capability: `test-${randomBytes(4).toString('hex')}` };
  const [shop, service] = [await createTestDatabase('repl_shop'), await createTestDatabase('repl_inventory')];
  for (const { url } of [shop, service]) await createTables(url, replicationTables);
  const [source, replica] = [await connectMysql(shop.url), await connectMysql(service.url)];
  await source.query(
    `CREATE TABLE stock_items (${productId}, available INT UNSIGNED NOT NULL, ${stockColumns})`,
  );
  await replica.query(
    `CREATE TABLE stock_levels (${productId}, on_hand INT UNSIGNED NOT NULL, ${stockColumns})`,
  );
  const endings: (() => Promise<unknown>)[] = [];

  async function connect() {
    const nats = await connectNats('test', natsUrl);
    endings.unshift(() => nats.close());
    return nats;
  }

  endings.unshift(writeHeartbeats(shop.url, logger));
  return {
    move,
    sourceUrl: shop.url,
    replicaUrl: service.url,
    source,
    replica,
    async startCapture() {
      const metrics = createMetrics(new Registry()).capture(move.capability);
      const capture = runCapture({
        url: shop.url,
        move,
        side: 'monolith',
        nats: await connect(),
        logger,
        metrics,
      });
      endings.unshift(() => capture.stop());
      return capture;
    },
    async startApplier() {
      const metrics = createMetrics(new Registry()).apply(move.capability);
      const applier = runApply({
        url: service.url,
        move,
        side: 'service',
        nats: await connect(),
        logger,
        metrics,
        chunkRows: 100,
      });
      endings.unshift(() => applier.stop());
      return applier;
    },
    async bothSides() {
      return {
        source: await selectRows(
          source,
          'SELECT product_id, available + reserved AS on_hand, reserved, version, updated_at FROM stock_items ORDER BY product_id',
        ),
        replica: await selectRows(
          replica,
          'SELECT product_id, on_hand, reserved, version, updated_at FROM stock_levels ORDER BY product_id',
        ),
      };
    },
    async end() {
      for (const end of endings) await end();
      const nats = await connectNats('test', natsUrl);
      const log = await openLog(
        nats,
        changeStream(move.capability, 'monolith'),
        changeSubject(move.capability, 'monolith'),
      );
      if (await logState(log)) await deleteLog(log);
      await nats.close();
      source.destroy();
      replica.destroy();
      await shop.drop();
      await service.drop();
    },
  };
}

/** Waits until the check holds, and says what it found when it never does. */
export async function eventually(check: () => Promise<void> | void, bound = 20_000): Promise<void> {
  const deadline = Date.now() + bound;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}
