import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { lastAttempt } from '#contracts/shop/reservation.js';
import { atMonolith } from '#contracts/strangler/service-endpoint.js';
import { askService } from '#platform/messaging/ask-service.js';
import { linkNats, type NatsLink } from '#platform/messaging/link-nats.js';
import { serveRequests } from '#platform/messaging/serve-requests.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { type OwnServer, ownBroker } from '../../../sidecar/test/support/own-servers.js';
import { until } from '../../../tests/support/until.js';
import { reservationsIn } from '../../inventory/adapters/reservation-table.js';
import { stockLevelsIn } from '../../inventory/adapters/stock-level-table.js';
import { inventoryRequestRoutes } from '../../inventory/requests/inventory-request-routes.js';
import { wideMs } from '../../../tests/support/wide-limits.js';
import { startTestInventory, type TestInventory } from '../../inventory/test/start-test-inventory.js';
import { stockOverNats } from '../adapters/stock-requests.js';

const logger = createLogger('orders', 'silent');
let broker: OwnServer;
let link: NatsLink;
let service: TestInventory;
/** A second program of the same kind, on its own database, which answers where the monolith does. */
let other: TestInventory;
let stopAnswering: () => Promise<void>;
let stock: ReturnType<typeof stockOverNats>;

beforeAll(async () => {
  broker = await ownBroker();
  link = linkNats('orders', broker.url, logger);
  await until('NATS is there', () => link.connection() !== undefined);
  [service, other] = await Promise.all([startTestInventory({ natsUrl: broker.url }), startTestInventory()]);
  const { database } = other;
  const work = {
    levels: stockLevelsIn(database),
    reservations: reservationsIn(database),
    clock: () => new Date(),
    say: async () => undefined,
  };
  stopAnswering = await serveRequests(link.connection()!, {
    ...{ name: 'other-side', description: 'the other side', logger, explain: (error: unknown) => error },
    routes: inventoryRequestRoutes(database, work).map((route) => ({
      ...route,
      endpoint: atMonolith(route.endpoint),
    })),
  });
  stock = stockOverNats((endpoint, request) => askService(link, endpoint, request, wideMs));
});
afterAll(async () => {
  await stopAnswering();
  await link.close();
  await Promise.all([service.stop(), other.stop()]);
  await broker.end();
});

type Side = 'service' | 'other';
const sideOf = (side: Side) => (side === 'service' ? service : other).database;

async function given(product: string, side: Side, onHand: number): Promise<void> {
  const bucket = bucketOfKey('inventory', product);
  const own = 'UPDATE inventory_ownership SET state = ?, epoch = epoch + 1 WHERE bucket = ?';
  for (const each of ['service', 'other'] as const) {
    await sideOf(each).query(own, { replacements: [each === side ? 'owned' : 'released', bucket] });
  }
  await sideOf(side).query("INSERT INTO stock_levels VALUES (?, ?, 0, 1, '2010-12-01')", {
    replacements: [product, onHand],
  });
}

async function reserved(product: string, side: Side): Promise<[onHand: number, reserved: number]> {
  const [rows] = await sideOf(side).query('SELECT on_hand, reserved FROM stock_levels WHERE product_id = ?', {
    replacements: [product],
  });
  const { on_hand, reserved: units } = (rows as { on_hand: number; reserved: number }[])[0]!;
  return [on_hand, units];
}

/** Of an order for 2 of each. */
const orderOf = (...products: string[]) => ({
  orderId: randomUUID(),
  items: products.map((productId) => ({ productId, quantity: 2 })),
  attempt: 1,
});

describe('stock of an order that two sides own', () => {
  beforeAll(async () => {
    await given('apple', 'service', 10);
    await given('berry', 'other', 10);
    await given('rare', 'other', 1);
    await given('scarce', 'service', 1);
  });

  it('is set aside, shipped and put back on both', async () => {
    const order = orderOf('apple', 'berry');
    await stock.reserve(order);
    await stock.reserve(order);
    expect([await reserved('apple', 'service'), await reserved('berry', 'other')]).toEqual([
      [10, 2],
      [10, 2],
    ]);
    await stock.ship({ ...order, attempt: lastAttempt });
    const next = orderOf('apple', 'berry');
    await stock.reserve(next);
    await stock.release(next);
    await stock.release(next);
    expect([await reserved('apple', 'service'), await reserved('berry', 'other')]).toEqual([
      [8, 0],
      [8, 0],
    ]);
    // What comes late does nothing.
    await expect(stock.reserve(next)).rejects.toMatchObject({ code: 'invalid_state' });
    expect(await reserved('berry', 'other')).toEqual([8, 0]);
  });

  it.each([
    ['the other side has too little', ['apple', 'rare'], 'rare'],
    ['the service has too little', ['scarce', 'berry'], 'scarce'],
  ])('is not kept by either when %s', async (_what, products, short) => {
    const before = [await reserved('apple', 'service'), await reserved('berry', 'other')];
    await expect(stock.reserve(orderOf(...products))).rejects.toMatchObject({
      code: 'insufficient_stock',
      options: { errors: [{ path: short, message: '1 available, 2 wanted' }] },
    });
    expect([await reserved('apple', 'service'), await reserved('berry', 'other')]).toEqual(before);
  });

  it('is refused with the names of all that there is too little of, wherever it is', async () => {
    await expect(stock.reserve(orderOf('scarce', 'apple', 'rare'))).rejects.toMatchObject({
      message: 'There is not enough stock of scarce, rare',
      options: { errors: [{ path: 'scarce' }, { path: 'rare' }] },
    });
  });

  it('is nobody’s between two owners: nothing is done, and that is known', async () => {
    const bucket = bucketOfKey('inventory', 'apple');
    const set = (state: string) =>
      service.database.query('UPDATE inventory_ownership SET state = ? WHERE bucket = ?', {
        replacements: [state, bucket],
      });
    await set('released');
    await expect(stock.reserve(orderOf('apple', 'berry'))).rejects.toMatchObject({ code: 'unavailable' });
    expect((await reserved('berry', 'other'))[1]).toBe(0);
    await set('owned');
    await stock.reserve(orderOf('apple', 'berry'));
  });
});
