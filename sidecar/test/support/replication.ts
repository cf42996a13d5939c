import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { Registry } from 'prom-client';
import { changeStream, changeSubject } from '#contracts/strangler/change-message.js';
import type { Move } from '#contracts/strangler/move.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { deleteLog, logState, openLog, type OrderedLog } from '#platform/messaging/ordered-log.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { inventory } from '../../../migrations/moves/inventory.js';
import { replicationTables } from '../../../migrations/schema/sidecar/replication-tables.js';
import { testServers } from '../../../tests/support/servers.js';
import { type Applier, runApply } from '../../apply/run-apply.js';
import { type Capture, runCapture } from '../../capture/run-capture.js';
import { writeHeartbeats } from '../../capture/write-heartbeats.js';
import { type Connection, connectMysql, selectRows } from '../../connect-mysql.js';
import { createTables } from '../../create-tables.js';
import { createMetrics } from '../../metrics.js';

export const logger = createLogger('test', process.env['TEST_LOG_LEVEL'] ?? 'fatal');

const stockColumns = `reserved INT UNSIGNED NOT NULL, version INT UNSIGNED NOT NULL, updated_at DATETIME(3) NOT NULL`;
const productId = 'product_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY';
const idempotency = `CREATE TABLE inventory_idempotency (
  idempotency_key VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin,
  resource_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  body MEDIUMTEXT NOT NULL,
  PRIMARY KEY (idempotency_key, resource_key)
)`;
const reservations = `CREATE TABLE stock_reservations (
  order_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
  product_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
  quantity INT UNSIGNED NOT NULL,
  PRIMARY KEY (order_id, product_id)
)`;
const inventoryTables = {
  source: [
    `CREATE TABLE stock_items (${productId}, available INT UNSIGNED NOT NULL, ${stockColumns})`,
    reservations,
    idempotency,
  ],
  replica: [
    `CREATE TABLE stock_levels (${productId}, on_hand INT UNSIGNED NOT NULL, ${stockColumns})`,
    reservations,
    idempotency,
  ],
};

export interface ReplicationOptions {
  /** Servers of the test's own, for tests that end them. */
  natsUrl?: string;
  mysqlUrl?: string;
  move?: Move;
  /** Statements that make the tables; the inventory's when left out. */
  tables?: { source: string[]; replica: string[] };
}

interface StockRow {
  product_id: string;
  on_hand: number;
}

function byId(rows: readonly StockRow[]): Map<string, StockRow> {
  return new Map(rows.map((row) => [row.product_id, row]));
}

/** Two databases, and the programs between them. */
export interface Replication {
  move: Move;
  sourceUrl: string;
  replicaUrl: string;
  /** Connections of the test; see `reconnect`. */
  source: Connection;
  replica: Connection;
  /** Opens the test's connections anew, after the database was away. */
  reconnect(): Promise<void>;
  log: OrderedLog;
  nats: NatsConnection;
  startCapture(): Promise<Capture>;
  startApplier(): Promise<Applier>;
  /** The inventory's rows of both sides as the service would have them. */
  bothSides(): Promise<{ source: StockRow[]; replica: StockRow[] }>;
  /** Rows on which the sides differ, a few of them, as [source, replica]. */
  differences(): Promise<[unknown, unknown][]>;
  end(): Promise<void>;
}

const fewDifferences = 5;

export async function createReplication(options: ReplicationOptions = {}): Promise<Replication> {
  const { natsUrl, mysqlUrl } = { ...testServersUnlessGiven(options), ...options };
  const move: Move = options.move ?? { ...inventory, capability: `test-${randomBytes(4).toString('hex')}` };
  const suffix = randomBytes(4).toString('hex');
  const urls = {
    source: await createSchema(mysqlUrl, `repl_source_${suffix}`),
    replica: await createSchema(mysqlUrl, `repl_replica_${suffix}`),
  };
  await createTables(urls.source, replicationTables);
  await createTables(urls.replica, replicationTables);
  let [source, replica] = [await connectMysql(urls.source), await connectMysql(urls.replica)];
  const tables = options.tables ?? inventoryTables;
  for (const statement of tables.source) await source.query(statement);
  for (const statement of tables.replica) await replica.query(statement);

  const nats = await connectNats('test', natsUrl);
  const log = await openLog(
    nats,
    changeStream(move.capability, 'monolith'),
    changeSubject(move.capability, 'monolith'),
  );
  const endings: (() => Promise<unknown>)[] = [writeHeartbeats(urls.source, logger)];
  const keepAlive = setInterval(
    () => [source, replica].forEach((one) => void one.query('SELECT 1').catch(() => undefined)),
    10_000,
  );

  /** Each program has its connection, as it would in a process of its own. */
  async function connectProgram(): Promise<NatsConnection> {
    const own = await connectNats('test', natsUrl);
    endings.unshift(() => own.close());
    return own;
  }

  async function bothSides(): Promise<{ source: StockRow[]; replica: StockRow[] }> {
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
  }

  return {
    move,
    sourceUrl: urls.source,
    replicaUrl: urls.replica,
    get source() {
      return source;
    },
    get replica() {
      return replica;
    },
    async reconnect() {
      [source, replica] = [await connectMysql(urls.source), await connectMysql(urls.replica)];
    },
    log,
    nats,
    async startCapture() {
      const metrics = createMetrics(new Registry()).capture(move.capability);
      const capture = runCapture({
        url: urls.source,
        move,
        side: 'monolith',
        nats: await connectProgram(),
        logger,
        metrics,
      });
      endings.unshift(() => capture.stop());
      return capture;
    },
    async startApplier() {
      const metrics = createMetrics(new Registry()).apply(move.capability);
      const program = await connectProgram();
      const applier = runApply({
        url: urls.replica,
        move,
        side: 'service',
        nats: program,
        logger,
        metrics,
        chunkRows: 100,
      });
      endings.unshift(() => applier.stop());
      return applier;
    },
    bothSides,
    async differences() {
      const sides = await bothSides();
      const [sourceRows, replicaRows] = [byId(sides.source), byId(sides.replica)];
      const ids = [...new Set([...sourceRows.keys(), ...replicaRows.keys()])];
      const different = ids.filter(
        (id) => JSON.stringify(sourceRows.get(id)) !== JSON.stringify(replicaRows.get(id)),
      );
      return different.slice(0, fewDifferences).map((id) => [sourceRows.get(id), replicaRows.get(id)]);
    },
    async end() {
      clearInterval(keepAlive);
      for (const end of endings) await end();
      if (await logState(log)) await deleteLog(log);
      await nats.close();
      for (const url of Object.values(urls))
        await source.query(`DROP DATABASE ${new URL(url).pathname.slice(1)}`);
      source.destroy();
      replica.destroy();
    },
  };
}

function testServersUnlessGiven({ natsUrl, mysqlUrl }: ReplicationOptions): {
  natsUrl: string;
  mysqlUrl: string;
} {
  return natsUrl !== undefined && mysqlUrl !== undefined ? { natsUrl, mysqlUrl } : testServers();
}

async function createSchema(serverUrl: string, name: string): Promise<string> {
  const connection = await createConnection(serverUrl);
  await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  await connection.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
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
