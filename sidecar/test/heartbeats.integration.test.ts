import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../tests/support/until.js';
import { selectRows } from '../database/connect-mysql.js';
import { heartbeatTable } from '../database/control-tables.js';
import { createReplication, type Replication } from './support/replication.js';

const hour = 3_600_000;
let replication: Replication;

beforeAll(async () => {
  replication = await createReplication({ heartbeatRest: hour });
  await replication.startCapture();
  await replication.startApplier();
});
afterAll(() => replication.end());

async function lastBeat(): Promise<number> {
  const sql = `SELECT written_at AS writtenAt FROM ${heartbeatTable}`;
  const [row] = await selectRows<{ writtenAt: number }>(replication.source, sql);
  return row?.writtenAt ?? 0;
}

async function isAtRest(): Promise<boolean> {
  const before = await lastBeat();
  await sleep(1_000);
  return before > 0 && (await lastBeat()) === before;
}

describe('heartbeats', () => {
  it('rest while nothing is written, and follow what is written then', async () => {
    await until('they rest', isAtRest);
    const before = await lastBeat();
    await replication.source.query(`INSERT INTO stock_items VALUES ('mug', 1, 0, 1, UTC_TIMESTAMP(3))`);
    await until('a beat follows', async () => (await lastBeat()) > before);
    const first = await lastBeat();
    await until('another one follows', async () => (await lastBeat()) > first);
    await until('they rest again', isAtRest);
    expect(await replication.differences()).toEqual([]);
  });
});
