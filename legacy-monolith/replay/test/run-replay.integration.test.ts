import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { subscribe } from 'node:diagnostics_channel';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { type OrderFiles, orderFiles } from '../../import/test/order-file.js';
import { cardFor } from '../plan-steps.js';
import { runReplay } from '../run-replay.js';
import { type Reply, type ReplayApi, type SeenRequest, startReplayApi } from './replay-api.js';

let files: OrderFiles;
let api: ReplayApi | undefined;

beforeAll(async () => {
  files = await orderFiles();
});
afterEach(async () => {
  await api?.stop();
  api = undefined;
});
afterAll(() => files.remove());

function line(invoice: string, product: string, quantity: number, customer: string, minute: number): string {
  const time = `08:${String(minute).padStart(2, '0')}`;
  return `${invoice},${product},Thing,${quantity},01/12/2010 ${time},1.00,${customer},UK`;
}

const usual = { speed: 0, clients: 4 };
const created = (): Reply => ({
  status: 201,
  body: { orderId: randomUUID() },
  headers: { 'x-served-by': 'monolith' },
});

async function start(reply: (request: SeenRequest) => Reply | Promise<Reply>): Promise<ReplayApi> {
  return (api = await startReplayApi(reply));
}

describe('a replay', () => {
  it('places invoices as orders and credit notes as cancellations, each with a key of its own', async () => {
    const { url, seen } = await start(({ path }) =>
      path === '/orders' ? { status: 201, body: { orderId: 'the-order' } } : { status: 200 },
    );
    const file = await files.write('orders.csv', [
      line('1001', '10001', 2, '7', 1),
      line('1001', '10002', 1, '7', 1),
      line('1001', 'POST', 1, '7', 1),
      line('C1002', '10002', -1, '7', 2),
      line('C1003', '10002', -1, '7', 3),
    ]);
    const summary = await runReplay({ ...usual, file, to: `${url}/`, runId: 'run' });
    expect(seen).toEqual([
      {
        method: 'POST',
        path: '/orders',
        key: 'replay-run-1001',
        body: {
          customerId: '7',
          items: [
            { productId: '10001', quantity: 2 },
            { productId: '10002', quantity: 1 },
          ],
          payment: { type: 'card', token: cardFor('1001') },
          contact: { email: 'customer-7@customers.example' },
        },
      },
      { method: 'POST', path: '/orders/the-order/cancel', key: 'replay-run-C1002', body: undefined },
    ]);
    expect(summary).toMatchObject({
      failed: false,
      aborted: false,
      placed: 1,
      cancelled: 1,
      unmatched: 1,
      rejectedLines: 1,
      unexpected: { count: 0 },
    });
  });

  it('keeps the order of each customer, while customers go on at once', async () => {
    const open = new Set<string>();
    const overtaken: string[] = [];
    let most = 0;
    const { url, seen } = await start(async ({ body }) => {
      const { customerId } = body as { customerId: string };
      if (open.has(customerId)) overtaken.push(customerId);
      open.add(customerId);
      most = Math.max(most, open.size);
      await new Promise((resolve) => setTimeout(resolve, 2));
      open.delete(customerId);
      return created();
    });
    const lines = Array.from({ length: 60 }, (_, index) =>
      line(`${1001 + index}`, '10001', 1, `${Math.floor(index / 2) % 6}`, Math.floor(index / 2)),
    );
    const summary = await runReplay({ ...usual, file: await files.write('many.csv', lines), to: url });
    expect(summary.placed).toBe(60);
    expect(most).toBe(4);
    expect(overtaken).toEqual([]);
    for (let customer = 0; customer < 6; customer += 1) {
      const keys = seen
        .filter(({ body }) => (body as { customerId: string }).customerId === `${customer}`)
        .map(({ key }) => Number(key?.slice(-4)));
      expect(keys).toEqual([...keys].sort((one, other) => one - other));
      expect(keys).toHaveLength(10);
    }
  });

  it.each([
    ['502', { status: 502 }],
    ['503', { status: 503 }],
    ['504', { status: 504 }],
    ['request_in_progress', { status: 409, body: { code: 'request_in_progress' } }],
    ['UND_ERR_SOCKET', 'destroy'],
  ] as [string, Reply][])('asks again with the same key after %s, and says so', async (why, failure) => {
    const { url, seen } = await start(() => (seen.length < 3 ? failure : created()));
    const file = await files.write('one.csv', [line('1001', '10001', 1, '7', 1)]);
    const summary = await runReplay({ ...usual, file, to: url });
    expect(new Set(seen.map(({ key }) => key)).size).toBe(1);
    expect(seen).toHaveLength(3);
    expect(summary).toMatchObject({ failed: false, placed: 1, retries: { [why]: 2 } });
  });

  it('reports answers that no contract explains, and fails', async () => {
    const { url } = await start(({ body }) =>
      (body as { customerId: string }).customerId === '8'
        ? { status: 404, body: { code: 'not_found', detail: 'There is no product 10001' } }
        : created(),
    );
    const file = await files.write('two.csv', [
      line('1001', '10001', 1, '7', 1),
      line('1002', '10001', 1, '8', 1),
    ]);
    const summary = await runReplay({ ...usual, file, to: url });
    expect(summary).toMatchObject({
      failed: true,
      placed: 1,
      unexpected: {
        count: 1,
        examples: [
          {
            step: '1002',
            endpoint: 'POST /orders',
            status: 404,
            code: 'not_found',
            detail: 'There is no product 10001',
          },
        ],
      },
    });
  });

  it('catches a stock that is older than the order that the same client has just placed', async () => {
    let version = 1;
    const { url } = await start(({ path }) => {
      if (path === '/orders') return ((version += 1), created());
      // The replica is one write behind, once.
      const stale = version === 4;
      return {
        status: 200,
        body: { version: stale ? 3 : version },
        headers: { 'x-served-by': stale ? 'service' : 'monolith' },
      };
    });
    const lines = Array.from({ length: 6 }, (_, index) => line(`${1001 + index}`, '10001', 1, '7', index));
    const request = { ...usual, clients: 1, file: await files.write('stock.csv', lines), to: url };
    const summary = await runReplay({ ...request, readStock: true });
    expect(summary).toMatchObject({
      failed: true,
      servedBy: { monolith: 5, service: 1 },
      stockReads: {
        count: 6,
        stale: 1,
        behind: 0,
        examples: [{ step: '1003', endpoint: 'GET /inventory/10001' }],
      },
    });
  });

  it('stops after so many invoices, and when it is told to', async () => {
    const { url, seen } = await start(created);
    const lines = Array.from({ length: 40 }, (_, index) =>
      line(`${1001 + index}`, '10001', 1, `${index}`, 1),
    );
    const file = await files.write('stop.csv', lines);
    expect(await runReplay({ ...usual, file, to: url, limit: 5 })).toMatchObject({
      placed: 5,
      aborted: false,
    });
    const ending = new AbortController();
    const onProgress = ({ done }: { done: number }) => {
      if (done === 7) ending.abort();
    };
    const summary = await runReplay({ ...usual, file, to: url, signal: ending.signal, onProgress });
    expect(summary.aborted).toBe(true);
    expect(summary.placed).toBeLessThan(15);
    expect(seen).toHaveLength(5 + summary.placed);
  });

  it('goes on until a shop that is not there has come up', async () => {
    const port = await freePort();
    const file = await files.write('one.csv', [line('1001', '10001', 1, '7', 1)]);
    const replay = runReplay({ ...usual, file, to: `http://127.0.0.1:${port}` });
    const server = await listenLate(port);
    const summary = await replay;
    expect(summary).toMatchObject({ placed: 1, failed: false });
    expect(summary.retries['ECONNREFUSED']).toBeGreaterThan(0);
    await server.stop();
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Comes up once somebody has looked for it in vain. */
async function listenLate(port: number): Promise<ReplayApi> {
  await new Promise<void>((resolve) => subscribe('undici:client:connectError', () => resolve()));
  return startReplayApi(created, port);
}
