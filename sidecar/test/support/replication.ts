import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { Registry } from 'prom-client';
import { changeStream, changeSubject } from '#contracts/strangler/change-message.js';
import type { Move, Side } from '#contracts/strangler/move.js';
import { bucketCount } from '#contracts/strangler/ownership.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { deleteLog, logState, openLog, type OrderedLog } from '#platform/messaging/ordered-log.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { replicationTables } from '../../../migrations/schema/sidecar/replication-tables.js';
import { testServers } from '../../../tests/support/servers.js';
import { type Applier, runApply } from '../../apply/run-apply.js';
import { type Capture, runCapture } from '../../capture/run-capture.js';
import { type Heartbeats, writeHeartbeats } from '../../capture/write-heartbeats.js';
import { type Connection, connectMysql, quoteName, selectRows } from '../../database/connect-mysql.js';
import { createTables } from '../../database/create-tables.js';
import { createMetrics } from '../../observe/metrics.js';
import { type Ownership, runOwnership } from '../../ownership/run-ownership.js';
import { wideMs } from '../../../tests/support/wide-limits.js';
import { askForBackfill } from './ask-for-backfill.js';
import { moves } from './stock-move.js';
import { stockTables } from './stock-tables.js';

export const logger = createLogger('test', process.env['TEST_LOG_LEVEL'] ?? 'fatal');

export interface ReplicationOptions {
  /** Servers of the test's own, for tests that end them. */
  natsUrl?: string;
  mysqlUrl?: string;
  /** Of the source alone. */
  sourceMysqlUrl?: string;
  move?: Move;
  /** Statements that make the tables; the stock's when left out. */
  tables?: { source: string[]; replica: string[] };
  /** Milliseconds between heartbeats while nothing is written. */
  heartbeatRest?: number;
  /** Called by captures for events in the outbox. */
  onSaid?: () => void;
}

interface StockRow {
  product_id: string;
  on_hand: number;
  version: number;
}

function byId(rows: readonly StockRow[]): Map<string, StockRow> {
  return new Map(rows.map((row) => [row.product_id, row]));
}

/** Two databases, the monolith's as the source and the service's as the replica, and the programs between them. */
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
  /** Of the way from the monolith to the service unless told otherwise. */
  startCapture(side?: Side): Promise<Capture>;
  startApplier(side?: Side): Promise<Applier>;
  startOwnership(side: Side): Promise<Ownership>;
  /** The monolith's are there from the start. */
  startHeartbeats(side: Side): void;
  /** Then nothing is written to that side's database but by the test. */
  stopHeartbeats(side: Side): Promise<void>;
  /** Fills a replica again while it goes on being kept current. */
  askForBackfill(replica: Side, newChain?: boolean): Promise<void>;
  /** All that makes changes of the service come back, heartbeats among it; resolves once the way back is complete. */
  startWayBack(): Promise<{ capture: Capture; applier: Applier }>;
  /** The stock of both sides as the service would have them. */
  bothSides(): Promise<{ source: StockRow[]; replica: StockRow[] }>;
  /** Rows on which the sides differ, a few of them, as [source, replica]. */
  differences(): Promise<[unknown, unknown][]>;
  end(): Promise<void>;
}

const fewDifferences = 5;

export async function createReplication(options: ReplicationOptions = {}): Promise<Replication> {
  const { natsUrl, mysqlUrl } = { ...testServersUnlessGiven(options), ...options };
  const move: Move = options.move ?? { ...moves[0], capability: `test-${randomBytes(4).toString('hex')}` };
  const suffix = randomBytes(4).toString('hex');
  const urls = {
    source: await createSchema(options.sourceMysqlUrl ?? mysqlUrl, `repl_source_${suffix}`),
    replica: await createSchema(mysqlUrl, `repl_replica_${suffix}`),
  };
  await createTables(urls.source, replicationTables);
  await createTables(urls.replica, replicationTables);
  let [source, replica] = [await connectMysql(urls.source), await connectMysql(urls.replica)];
  const tables = options.tables ?? stockTables;
  for (const statement of tables.source) await source.query(statement);
  for (const statement of tables.replica) await replica.query(statement);
  await createOwnership(source, move.capability, 'owned', 1);
  await createOwnership(replica, move.capability, 'released', 0);

  const nats = await connectNats('test', natsUrl);
  const log = await openLog(
    nats,
    changeStream(move.capability, 'monolith'),
    changeSubject(move.capability, 'monolith'),
  );
  const endings: (() => Promise<unknown>)[] = [];
  const heartbeats = new Map<Side, Heartbeats>();
  startHeartbeats('monolith');
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

  async function common(side: Side) {
    const url = side === 'monolith' ? urls.source : urls.replica;
    return { url, move, side, nats: await connectProgram(), logger };
  }

  function startHeartbeats(side: Side): void {
    const url = side === 'monolith' ? urls.source : urls.replica;
    const started = writeHeartbeats(url, logger, options.heartbeatRest);
    heartbeats.set(side, started);
    endings.unshift(() => started.stop());
  }

  async function startCapture(side: Side = 'monolith'): Promise<Capture> {
    const metrics = createMetrics(new Registry()).capture(move.capability);
    const capture = runCapture({
      ...(await common(side)),
      movedTables: move.tables.map(({ [side]: one }) => one.table),
      metrics,
      onWritten: () => heartbeats.get(side)?.hurry(),
      onSaid: () => options.onSaid?.(),
    });
    endings.unshift(() => capture.stop());
    return capture;
  }

  async function startApplier(side: Side = 'service'): Promise<Applier> {
    const metrics = createMetrics(new Registry()).apply(move.capability);
    const applier = runApply({ ...(await common(side)), metrics, chunkRows: 100 });
    endings.unshift(() => applier.stop());
    return applier;
  }

  const bothSides = () => readBothSides(source, replica);

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
      source.destroy();
      replica.destroy();
      [source, replica] = [await connectMysql(urls.source), await connectMysql(urls.replica)];
    },
    log,
    nats,
    startCapture,
    startApplier,
    async startOwnership(side) {
      const metrics = createMetrics(new Registry()).ownership(move.capability);
      const ownership = runOwnership({ ...(await common(side)), metrics });
      endings.unshift(() => ownership.stop());
      return ownership;
    },
    startHeartbeats,
    stopHeartbeats: async (side) => heartbeats.get(side)?.stop(),
    askForBackfill: (replica, newChain = false) => askForBackfill(nats, move.capability, replica, newChain),
    async startWayBack() {
      startHeartbeats('service');
      const [capture, applier] = [await startCapture('service'), await startApplier('monolith')];
      await eventually(() => {
        const { state, backfill } = applier.status();
        if (state !== 'applying' || !backfill?.complete) throw new Error('the way back is not complete');
      });
      return { capture, applier };
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
      for (const side of ['monolith', 'service'] as const) {
        const { capability } = move;
        const left = await openLog(nats, changeStream(capability, side), changeSubject(capability, side));
        if (await logState(left)) await deleteLog(left);
      }
      await nats.close();
      await source.query(`DROP DATABASE ${new URL(urls.source).pathname.slice(1)}`);
      await replica.query(`DROP DATABASE ${new URL(urls.replica).pathname.slice(1)}`);
      source.destroy();
      replica.destroy();
    },
  };
}

/** As the migrations make it, of which a sidecar's test knows nothing. */
async function createOwnership(
  connection: Connection,
  capability: string,
  state: 'owned' | 'released',
  epoch: number,
): Promise<void> {
  const table = quoteName(ownershipTable(capability));
  await connection.query(
    `CREATE TABLE ${table} (bucket TINYINT UNSIGNED PRIMARY KEY,
       state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
       epoch INT UNSIGNED NOT NULL, vetoed INT UNSIGNED NOT NULL, changed_at DATETIME(3) NOT NULL)`,
  );
  const rows = Array.from({ length: bucketCount }, (_, index) => [index + 1, state, epoch, 0, new Date()]);
  await connection.query(`INSERT INTO ${table} VALUES ?`, [rows]);
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

/** Waits until the check holds, however slow the machine is, and says what it found when it never does. */
export async function eventually(check: () => Promise<void> | void): Promise<void> {
  const deadline = Date.now() + 5 * wideMs;
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

async function readBothSides(
  source: Connection,
  replica: Connection,
): Promise<{ source: StockRow[]; replica: StockRow[] }> {
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
