import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { QueryTypes } from 'sequelize';
import request from 'supertest';
import { type HttpServer, serveHttp } from '#platform/http/serve-http.js';
import {
  startTestProviders,
  type TestProviders,
} from '../../../deploy/sandboxes/providers/test/start-test-providers.js';
import { runImport } from '../../import/run-import.js';
import { startTestMonolith, type TestMonolith } from '../../test/start-test-monolith.js';
import type { ReplaySummary } from '../replay-summary.js';
import { runReplay } from '../run-replay.js';

const file = join(import.meta.dirname, '../../import/sample/sample-orders.csv');

let providers: TestProviders;
let monolith: TestMonolith;
let server: HttpServer;
/** What lay on the shelf before. */
let opening: object[];
let first: ReplaySummary;

const replay = () =>
  runReplay({
    ...{ file, to: `http://127.0.0.1:${server.port}`, speed: 0, clients: 4, readStock: true },
    runId: 'the-run',
  });

beforeAll(async () => {
  providers = await startTestProviders();
  monolith = await startTestMonolith({ providersUrl: providers.url });
  server = await serveHttp(monolith.app, '127.0.0.1', 0);
  await runImport({ file, mysqlUrl: monolith.databaseUrl });
  // A product that is gone, so that some orders meet a 409 whatever the order in which they come.
  await request(monolith.app).put('/inventory/40131BL').send({ available: 0 }).expect(200);
  opening = await unitsByProduct();
  first = await replay();
});
afterAll(async () => {
  await server.close();
  await monolith.stop();
  await providers.stop();
});

function rows<Row extends object>(sql: string): Promise<Row[]> {
  return monolith.database.query<Row>(sql, { type: QueryTypes.SELECT });
}

function unitsByProduct(): Promise<object[]> {
  return rows('SELECT product_id, available + reserved AS units FROM stock_items ORDER BY product_id');
}

describe('the orders of a file, placed again in the shop that it was imported into', () => {
  it('are confirmed, or refused for reasons that shops have', () => {
    expect(first).toMatchObject({ failed: false, unexpected: { count: 0 }, stockReads: { stale: 0 } });
    expect(first.placed).toBeGreaterThan(30);
    expect(first.declined).toBeGreaterThan(0);
    expect(first.outOfStock).toBeGreaterThan(0);
    expect(first.cancelled).toBeGreaterThan(0);
    expect(first.placed + first.declined + first.outOfStock).toBe(53);
    expect(first.cancelled + first.unmatched).toBe(6);
  });

  it('take from the shelf what was confirmed and not cancelled, and nothing else', async () => {
    const wrong = await rows(
      `SELECT s.product_id, s.available, s.reserved, ordered.units FROM stock_items s
       LEFT JOIN (SELECT i.product_id, SUM(i.quantity) AS units FROM order_items i JOIN orders o USING (order_id)
                  WHERE o.status = 'CONFIRMED' GROUP BY i.product_id) ordered USING (product_id)
       WHERE s.reserved <> COALESCE(ordered.units, 0)`,
    );
    expect(wrong).toEqual([]);
    expect(await unitsByProduct()).toEqual(opening);
  });

  it('are paid to the penny', async () => {
    const [confirmed] = await rows<{ pence: string }>(
      "SELECT SUM(total_amount) AS pence FROM orders WHERE status = 'CONFIRMED'",
    );
    const ledger = await providers.totals();
    expect(ledger).toMatchObject([{ currency: 'GBP' }]);
    const [{ captured, refunded } = { captured: 0, refunded: 0 }] = ledger;
    expect(captured - refunded).toBe(Number(confirmed?.pence));
  });

  it('are not placed again by a replay of the same run', async () => {
    const before = await rows('SELECT * FROM orders ORDER BY order_id');
    const again = await replay();
    expect(await rows('SELECT * FROM orders ORDER BY order_id')).toEqual(before);
    const { placed, declined, outOfStock, cancelled, unmatched } = first;
    expect(again).toMatchObject({ placed, declined, outOfStock, cancelled, unmatched, failed: false });
    expect(again.replayedAnswers).toBe(53 + cancelled);
  });
});
