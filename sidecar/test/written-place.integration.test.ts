import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../../tests/support/until.js';
import type { Applier } from '../apply/run-apply.js';
import { selectRows } from '../database/connect-mysql.js';
import { appliedTable } from '../database/control-tables.js';
import { createReplication, type Replication } from './support/replication.js';

let replication: Replication;
let applier: Applier;

beforeAll(async () => {
  replication = await createReplication();
  await replication.startCapture();
  applier = await replication.startApplier();
});
afterAll(() => replication.end());

async function writtenPlace(): Promise<number> {
  const sql = `SELECT seq FROM ${appliedTable}`;
  const [row] = await selectRows<{ seq: number }>(replication.replica, sql);
  return row?.seq ?? 0;
}

/** The replica is looked at first: what it has passed, and is not in the database even later, is not written. */
async function isFurther(): Promise<boolean> {
  const passed = applier.status().position?.seq ?? 0;
  return passed > (await writtenPlace());
}

async function write(productId: string): Promise<void> {
  await replication.source.query(
    `INSERT INTO stock_items VALUES ('${productId}', 1, 0, 1, UTC_TIMESTAMP(3))`,
  );
  await until(`${productId} is there`, async () => (await replication.differences()).length === 0);
}

describe('the place of a replica', () => {
  it('is written with rows, and now and then while nothing but heartbeats comes', async () => {
    await write('jug');
    await until('the replica is further than is written', isFurther);
    const before = await writtenPlace();
    await until('it is written', async () => (await writtenPlace()) > before);
  });

  it('may be behind by heartbeats for whoever goes on there', async () => {
    await until('it is behind', isFurther);
    await applier.stop();
    applier = await replication.startApplier();
    await write('pan');
    expect(applier.status().state).toBe('applying');
  });
});
