import { randomBytes } from 'node:crypto';
import { mapColumns, same } from '#contracts/strangler/map-columns.js';
import type { Move, MoveTable, Side } from '#contracts/strangler/move.js';
import type { Applier } from '../../../../../sidecar/apply/run-apply.js';
import type { Capture } from '../../../../../sidecar/capture/run-capture.js';
import type { Connection } from '../../../../../sidecar/database/connect-mysql.js';
import {
  createReplication,
  eventually,
  logger,
  type Replication,
} from '../../../../../sidecar/test/support/replication.js';
import { moves } from '../../../../../sidecar/test/support/stock-move.js';
import { serveVerify } from '../../../../../sidecar/verify/serve-verify.js';
import { wideMs } from '../../../../../tests/support/wide-limits.js';
import { askOwners } from '../../ask-side.js';
import { verifyCapability, type VerifyRequest } from '../../verify-capability.js';
import type { VerifyResult } from '../../verify-result.js';

const ascii = (length: number) => `VARCHAR(${length}) CHARACTER SET ascii COLLATE ascii_bin NOT NULL`;
const alike = (table: string, key: [string, ...string[]], ...others: string[]): MoveTable => {
  const side = { table, key, ownedBy: 'product_id' };
  return { monolith: side, service: side, ids: 'unique', ...mapColumns(same(...key, ...others)) };
};

const stockColumns = `reserved INT UNSIGNED NOT NULL, version INT UNSIGNED NOT NULL, updated_at DATETIME(3) NOT NULL`;
const alikeTables = [
  `CREATE TABLE lines_of_orders (order_id ${ascii(64)}, product_id ${ascii(64)}, quantity INT UNSIGNED NOT NULL,
     PRIMARY KEY (order_id, product_id))`,
  `CREATE TABLE answers (answer ${ascii(255)} PRIMARY KEY, product_id ${ascii(64)}, body MEDIUMTEXT NOT NULL)`,
];
const tables = {
  source: [
    `CREATE TABLE stock_items (product_id ${ascii(64)} PRIMARY KEY, available INT UNSIGNED NOT NULL, ${stockColumns})`,
    ...alikeTables,
  ],
  replica: [
    `CREATE TABLE stock_levels (product_id ${ascii(64)} PRIMARY KEY, on_hand INT UNSIGNED NOT NULL, ${stockColumns})`,
    ...alikeTables,
  ],
};

/** A table that is mapped, one with a key of two columns, one with long rows. */
function moveOfTest(): Move {
  const [stock] = moves[0].tables as [MoveTable];
  const others = [
    alike('lines_of_orders', ['order_id', 'product_id'], 'quantity'),
    alike('answers', ['answer'], 'product_id', 'body'),
  ];
  return { capability: `verify-${randomBytes(4).toString('hex')}`, tables: [stock, ...others] };
}

/** Two databases with all that answers for them; the monolith owns everything. */
export interface VerifiedReplication extends Replication {
  /** Of the way from the monolith to the service. */
  forth: { capture: Capture; applier: Applier };
  verify(request?: Partial<VerifyRequest>): Promise<VerifyResult>;
  /** Changes rows of a side as nothing but a fault would: the other side hears nothing of it. */
  plant(side: Side, ...statements: string[]): Promise<void>;
}

/** @param prepare called before the first backfill */
export async function createVerifiedReplication(
  prepare: (source: Connection) => Promise<void>,
): Promise<VerifiedReplication> {
  const replication = await createReplication({ move: moveOfTest(), tables });
  const { move, nats, sourceUrl, replicaUrl } = replication;
  await prepare(replication.source);
  const capture = await replication.startCapture();
  const applier = await replication.startApplier();
  const common = { move, nats, logger };
  const stops = [
    serveVerify({ ...common, url: sourceUrl, side: 'monolith' }),
    serveVerify({ ...common, url: replicaUrl, side: 'service' }),
  ];
  for (const side of ['monolith', 'service'] as const) await replication.startOwnership(side);
  await eventually(() => {
    if (!applier.status().backfill?.complete) throw new Error('the replica is not complete');
  });
  const asker = { nats, capability: move.capability };
  await eventually(() => askOwners(asker).then(() => undefined));
  return {
    ...replication,
    forth: { capture, applier },
    verify: (request) => verifyCapability({ ...asker, patience: wideMs, ...request }),
    async plant(side, ...statements) {
      const connection = side === 'monolith' ? replication.source : replication.replica;
      await connection.beginTransaction();
      // The mark of an applier's transaction: the capture of this side leaves it out.
      await connection.query(
        'UPDATE strangler_applied SET applied_at = applied_at + INTERVAL 1000 MICROSECOND',
      );
      for (const statement of statements) await connection.query(statement);
      await connection.commit();
    },
    async end() {
      for (const stop of stops) await stop();
      await replication.end();
    },
  };
}

/** Rows of the monolith's stock with ids `<prefix>0`, `<prefix>1`, ... */
export async function insertStock(connection: Connection, prefix: string, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) => [
    `${prefix}${index}`,
    9,
    2,
    3,
    '2024-01-02 03:04:05.678',
  ]);
  await connection.query('INSERT INTO stock_items VALUES ?', [rows]);
}
