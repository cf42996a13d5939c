import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, connectMysql, selectRows } from '../../sidecar/database/connect-mysql.js';
import { handOverControl } from '../faults/support/hand-over-control.js';
import { until } from '../support/until.js';
import { type CapabilityShop, startCapabilityShop } from './support/capability-shop.js';
import { placeOrders } from './support/place-orders.js';
import { compile } from './support/shop-system.js';

let shop: CapabilityShop;
let monolith: Connection;
let orderId: string;
let paymentId: string;

beforeAll(async () => {
  await compile();
  shop = await startCapabilityShop(['lamp'], 1_000);
  const url = new URL(shop.mysqlAdminUrl);
  url.pathname = '/shop';
  monolith = await connectMysql(url.href);
  const customers = placeOrders(shop.addresses.gateway, ['lamp'], 1);
  await until('an order is placed', () => customers.placed() > 0);
  orderId = (await customers.stop())[0]?.orderId ?? '';
  const [payment] = await selectRows<{ id: string }>(
    monolith,
    'SELECT payment_id AS id FROM payments WHERE order_id = ?',
    [orderId],
  );
  paymentId = payment?.id ?? '';
});
afterAll(async () => {
  monolith?.destroy();
  await shop?.stop();
});

/** What a person has written into the monolith's tables, of which the service would give back something else. */
const written = [
  {
    capability: 'orders',
    column: 'shipping_address',
    key: () => orderId,
    write: `UPDATE orders SET shipping_address = '{"line1":"Mill Lane 1","county":"Kent"}' WHERE order_id = ?`,
    correct: 'UPDATE orders SET shipping_address = NULL WHERE order_id = ?',
  },
  {
    capability: 'payments',
    column: 'status',
    key: () => paymentId,
    write: "UPDATE payments SET status = 'DISPUTED' WHERE payment_id = ?",
    correct: "UPDATE payments SET status = 'CAPTURED' WHERE payment_id = ?",
  },
];

describe.each(written)('a row of $capability that would not come back as it is', (row) => {
  const { capability, column } = row;

  it('is named by a comparison, which fails', async () => {
    await monolith.query(row.write, [row.key()]);
    await until('the comparison names it', async () => {
      const { stdout, exitCode } = await shop.strangler('data', 'verify', capability, '--json');
      const { differences } = JSON.parse(stdout) as {
        differences: { key: unknown[]; kind: string; problem: string | null }[];
      };
      const found = differences.find(({ key }) => key.includes(row.key()));
      return exitCode === 1 && found?.kind === 'not-mapped' && (found.problem ?? '').includes(column);
    });
  });

  it('holds every hand-over, until it is corrected', async () => {
    const control = handOverControl(shop, capability);
    let obstacle: string | undefined;
    await until('the gate is shut', async () => {
      obstacle = await control.share(10, 0);
      return obstacle?.includes('gate "') ?? false;
    });
    expect(obstacle).toMatch(
      new RegExp(`${capability} is held: 0 buckets are with the service, 10 should be`),
    );
    expect(obstacle).toMatch(new RegExp(`strangler data verify ${capability}`));
    await monolith.query(row.correct, [row.key()]);
    await until('the hand-over goes on', async () => (await control.share(10, 0)) === undefined);
  });
});
