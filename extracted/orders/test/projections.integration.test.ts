import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { QueryTypes } from 'sequelize';
import request from 'supertest';
import {
  type DomainEvent,
  eventStream,
  eventSubject,
  eventSubjects,
} from '#contracts/strangler/domain-event.js';
import type { Order, TimelineEntry } from '#contracts/shop/orders.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import {
  deleteLog,
  logState,
  openLog,
  type OrderedLog,
  readLog,
  storeEntry,
} from '#platform/messaging/ordered-log.js';
import { projectionLag } from '#platform/projections/projection-lag.js';
import { beginBuild, findProjection } from '#platform/projections/projection-rows.js';
import { until } from '../../../tests/support/until.js';
import { publishAll, startProjections, type TestProjections } from './start-projections.js';
import { startServiceShop, type ServiceShop, type TestOrders } from './start-test-orders.js';

const names = ['order-views', 'order-tracking'];
let services: ServiceShop;
/** Waits long, and never reads the orders themselves for being late: what it answers, projections know. */
let patient: TestOrders;
/** Waits for nothing. */
let hasty: TestOrders;
let stopPublishing: () => Promise<void>;
let projections: TestProjections;

beforeAll(async () => {
  services = await startServiceShop();
  patient = services.startInstance({ idle: true, projectionWaitMs: 30_000 });
  hasty = services.startInstance({ idle: true, projectionWaitMs: 0 });
  stopPublishing = await publishAll(services);
  projections = await startProjections(services);
  await until('all are built', () => isBuilt(1));
});
afterAll(async () => {
  await projections.stop();
  await stopPublishing();
  await services.stop();
});

async function isBuilt(build: number): Promise<boolean> {
  const rows = await services.database.query(
    'SELECT 1 FROM projections WHERE live_build >= ? AND next_build IS NULL',
    { replacements: [build], type: QueryTypes.SELECT },
  );
  return rows.length === names.length;
}
const builds = async () =>
  Promise.all(names.map(async (name) => (await findProjection(services.database, name)).liveBuild));
const rebuild = async () => {
  const [first = 0] = await builds();
  for (const name of names) await beginBuild(services.database, name);
  return first + 1;
};
const rowsOf = (table: string) =>
  services.database.query<object>(
    `SELECT * FROM ${table} WHERE build = (SELECT MAX(build) FROM ${table}) ORDER BY 2, 3`,
    { type: QueryTypes.SELECT },
  );
/** What is read, apart from the number of its build. */
const read = async () => {
  const rows = [...(await rowsOf('order_views')), ...(await rowsOf('tracking_facts'))];
  return rows.map((row) => ({ ...row, build: 0 }));
};
/** @returns its id, whether it was taken or refused */
const place = async (customerId: string, items: Record<string, number>, token = 'tok_visa') => {
  const answer = await request(services.app)
    .post('/orders')
    .send({
      ...{ customerId, payment: { type: 'card', token }, contact: { email: 'a@example.com' } },
      items: Object.entries(items).map(([productId, quantity]) => ({ productId, quantity })),
    });
  return answer.headers['location']?.split('/').at(-1) ?? '';
};
const get = async (path: string, from: TestOrders = patient) => (await request(from.app).get(path)).body;
const trackingOf = async (orderId: string, from?: TestOrders) =>
  ((await get(`/orders/${orderId}/tracking`, from)) as { timeline: TimelineEntry[] }).timeline;
const typesOf = (timeline: readonly TimelineEntry[]) =>
  timeline.map(({ type, detail }) => `${type} ${detail}`);

/** Everything is said, published and known. */
async function quiet(): Promise<void> {
  const nats = await connectNats('test', services.natsUrl);
  const { database, inventory, payments, monolith } = services;
  const open: [typeof database, string][] = [
    [database, 'SELECT 1 FROM orders_outbox WHERE log_sequence IS NULL'],
    [database, 'SELECT 1 FROM sagas WHERE subject IS NOT NULL'],
    [inventory.database, 'SELECT 1 FROM inventory_outbox WHERE log_sequence IS NULL'],
    [payments.database, 'SELECT 1 FROM payments_outbox WHERE log_sequence IS NULL'],
    [monolith.database, 'SELECT 1 FROM notifications_outbox WHERE log_sequence IS NULL'],
    [monolith.database, "SELECT 1 FROM notifications WHERE status = 'QUEUED'"],
  ];
  await until('nothing is left to do', async () => {
    for (const [where, sql] of open)
      if ((await where.query(sql, { type: QueryTypes.SELECT })).length > 0) return false;
    const lags = await Promise.all(names.map((name) => projectionLag(database, nats, name)));
    return lags.every(({ events }) => events === 0);
  });
  await nats.close();
}

async function allEntries(log: OrderedLog) {
  const { lastSequence = 0 } = (await logState(log)) ?? {};
  const reader = await readLog(log, 1);
  const found: { type: string; data: Uint8Array }[] = [];
  for (let reached = 0; reached < lastSequence;) {
    for (const { sequence, data } of await reader.take(100, 1_000)) {
      reached = sequence;
      const { type } = JSON.parse(Buffer.from(data).toString()) as DomainEvent;
      found.push({ type, data });
    }
  }
  await reader.close();
  return found;
}

/** As the server does when whoever builds has died. */
async function endBuilder(name: string): Promise<void> {
  const lock = createHash('sha256')
    .update(`${services.database.config.database}/projection ${name}`)
    .digest('hex');
  const [holder] = await services.database.query<{ id: number }>('SELECT IS_USED_LOCK(?) AS id', {
    ...{ replacements: [lock], type: QueryTypes.SELECT },
  });
  await services.database.query(`KILL ${holder?.id}`);
}

describe('a client that has just written', () => {
  it('finds its order in lists, summaries and tracking, in every state', async () => {
    await services.shop.givenProduct('lamp', 50);
    await services.shop.givenProduct('chair', 50);
    const orderId = await place('ada', { lamp: 2, chair: 1 });
    const seen = async () => {
      const list = (await get('/orders?customerId=ada')) as { items: Order[] };
      const summary = (await get('/customers/ada/summary')) as { orders: number; cancelled: number };
      const all = (await get('/orders')) as { items: Order[] };
      return {
        listed: list.items.map((order) => [order.orderId, order.status]),
        newest: [all.items[0]?.orderId, all.items[0]?.status],
        ...{ orders: summary.orders, cancelled: summary.cancelled },
      };
    };
    expect(typesOf(await trackingOf(orderId)).slice(0, 4)).toEqual([
      'order.placed 2 products',
      'stock.reserved 3 units',
      expect.stringMatching(/^payment\.captured .* by card ending in 4242$/),
      expect.stringMatching(/^order\.confirmed payment /),
    ]);
    expect(await seen()).toEqual({
      ...{ listed: [[orderId, 'CONFIRMED']], newest: [orderId, 'CONFIRMED'], orders: 1, cancelled: 0 },
    });
    await services.shop.act(orderId, 'cancel').expect(200);
    expect(typesOf(await trackingOf(orderId))).toEqual(
      expect.arrayContaining(['stock.released 3 units', 'order.cancelled at the request of a client']),
    );
    expect(await seen()).toEqual({
      ...{ listed: [[orderId, 'CANCELLED']], newest: [orderId, 'CANCELLED'], orders: 1, cancelled: 1 },
    });
    const stale = (await get('/orders?customerId=ada&status=CONFIRMED')) as { items: Order[] };
    expect(stale.items).toEqual([]);
  });

  it('hears what became of its messages, whoever sends them', async () => {
    const orderId = await place('bob', { lamp: 1 });
    await until('its mail is told of', async () =>
      (await trackingOf(orderId)).some(({ type }) => type === 'notification.sent'),
    );
  });

  it('reads the order itself where its events do not come', async () => {
    await projections.stop();
    const orderId = await place('eve', { lamp: 1 });
    expect(typesOf(await trackingOf(orderId, hasty)).map((text) => text.split(' ')[0])).toEqual([
      ...['order.placed', 'stock.reserved', 'payment.captured', 'order.confirmed'],
    ]);
    expect(await get('/orders?customerId=eve', hasty)).toMatchObject({ items: [{ orderId }] });
    expect(await get('/customers/eve/summary', hasty)).toMatchObject({ orders: 1 });
    const known = await services.database.query('SELECT 1 FROM order_views WHERE order_id = ?', {
      ...{ replacements: [orderId], type: QueryTypes.SELECT },
    });
    expect(known).toEqual([]);
    projections = await startProjections(services);
    expect(await get('/orders?customerId=eve')).toMatchObject({ items: [{ orderId }] });
  });

  it('reads of the order itself what its events would have told of it, whatever became of it', async () => {
    const told = async (orderIds: readonly string[], from: TestOrders) => {
      const timelines = await Promise.all(orderIds.map((orderId) => trackingOf(orderId, from)));
      // Of messages, the orders themselves know nothing.
      return timelines.map((timeline) =>
        typesOf(timeline)
          .filter((text) => !/^notification/.test(text))
          .sort(),
      );
    };
    await projections.stop();
    const [cancelled, delivered] = [await place('kim', { lamp: 1 }), await place('kim', { lamp: 2 })];
    await services.shop.act(cancelled, 'cancel').expect(200);
    await services.shop.act(delivered, 'ship', { carrier: 'Royal Mail', trackingNumber: 'RM-1' }).expect(200);
    await services.shop.act(delivered, 'deliver').expect(200);
    const orderIds = [
      ...[cancelled, delivered, await place('kim', { lamp: 1 })],
      ...[await place('kim', { lamp: 1 }, 'tok_chargeDeclined'), await place('kim', { lamp: 10_000 })],
    ];
    const itself = await told(orderIds, hasty);
    projections = await startProjections(services);
    await quiet();
    expect(itself).toEqual(await told(orderIds, patient));
    expect(itself[3]).toContain('payment.declined card_declined');
  });
});

describe('events that come again, and in another order', () => {
  it('change nothing', async () => {
    const orderId = await place('zoe', { lamp: 1 });
    await services.shop.act(orderId, 'cancel').expect(200);
    await trackingOf(orderId);
    await quiet();
    const before = await read();
    const nats = await connectNats('test', services.natsUrl);
    const log = await openLog(nats, eventStream, eventSubjects);
    const entries = await allEntries(log);
    for (const [index, { type, data }] of entries.toReversed().entries())
      await storeEntry(log, eventSubject(type), data, `again-${index}`);
    await nats.close();
    await quiet();
    expect(await read()).toEqual(before);
  });
});

describe('a rebuild', () => {
  it('comes to the same, with everything that happens meanwhile, while queries are answered', async () => {
    const build = await rebuild();
    const orderIds: string[] = [];
    while (!(await isBuilt(build)) || orderIds.length < 3) {
      orderIds.push(await place('during', { lamp: 1 }));
      const { items } = (await get('/orders?customerId=during')) as { items: Order[] };
      expect(items.map((order) => order.orderId)).toEqual(orderIds.toReversed());
      expect((await trackingOf(orderIds.at(-1)!)).length).toBeGreaterThanOrEqual(4);
    }
    expect(new Set(await builds())).toEqual(new Set([build]));
  });

  it('is carried on by another instance where one has died, and not done twice by two', async () => {
    await projections.stop();
    const build = await rebuild();
    let died = false;
    let end = (): void => undefined;
    const dying = await startProjections(services, (projection) => ({
      ...projection,
      sources: projection.sources.map((source, index) => ({
        ...source,
        read: (after) => {
          if (index === projection.sources.length - 1 && projection.name === 'order-tracking') {
            died = true;
            return new Promise<never>((_, fail) => (end = () => fail(new Error('it is dead'))));
          }
          return source.read(after);
        },
      })),
    }));
    await until('it is in the middle', () => died);
    const { step, nextBuild } = await findProjection(services.database, 'order-tracking');
    expect([step, nextBuild]).toEqual([2, build]);
    await endBuilder('order-tracking');
    const others = await Promise.all([startProjections(services), startProjections(services)]);
    await until('it is built', () => isBuilt(build));
    expect((await builds())[1]).toBe(build);
    const list = (await get('/orders?customerId=during')) as { items: Order[] };
    expect(list.items.length).toBeGreaterThanOrEqual(3);
    await others[1].stop();
    projections = others[0];
    end();
    await dying.stop();
  });

  it('finds what happened before the oldest event that is left', async () => {
    await quiet();
    const orderId = ((await get('/orders?customerId=bob')) as { items: Order[] }).items[0]!.orderId;
    const before = typesOf(await trackingOf(orderId));
    await projections.stop();
    const nats = await connectNats('test', services.natsUrl);
    const log = await openLog(nats, eventStream, eventSubjects);
    await log.manager.streams.purge(eventStream);
    await nats.close();
    const build = await rebuild();
    projections = await startProjections(services);
    await until('it is built', () => isBuilt(build));
    expect(typesOf(await trackingOf(orderId, hasty)).toSorted()).toEqual(before.toSorted());
  });

  it('loses nothing with a stream that is lost while it goes on', async () => {
    await projections.stop();
    const orderId = await place('lost', { lamp: 1 });
    const build = await rebuild();
    const nats = await connectNats('test', services.natsUrl);
    await deleteLog(await openLog(nats, eventStream, eventSubjects));
    await nats.close();
    projections = await startProjections(services);
    await until('it is built', () => isBuilt(build));
    expect(await get('/orders?customerId=lost')).toMatchObject({ items: [{ orderId }] });
    expect((await trackingOf(orderId)).length).toBeGreaterThanOrEqual(4);
  });
});

describe('orders that no event tells of', () => {
  it('are found by and by, as those of an import', async () => {
    const orderId = 'imported-1';
    await services.database.query(
      `INSERT INTO orders (order_id, customer_id, status, currency, total, version, placed_at, changed_at)
       VALUES (?, 'old', 'DELIVERED', 'GBP', 100, 1, '2010-12-01', '2010-12-01')`,
      { replacements: [orderId] },
    );
    await services.database.query(
      `INSERT INTO order_timeline (entry_id, order_id, happened_at, type, detail)
       VALUES ('import-1', ?, '2010-12-01', 'order.placed', 'Imported')`,
      { replacements: [orderId] },
    );
    expect(await get('/customers/old/summary')).toMatchObject({ orders: 1, confirmed: 1 });
    await until('it is known', async () => {
      const found = await services.database.query(
        'SELECT 1 FROM order_views JOIN tracking_facts USING (order_id) WHERE order_id = ?',
        { replacements: [orderId], type: QueryTypes.SELECT },
      );
      return found.length > 0;
    });
    expect(typesOf(await trackingOf(orderId))).toEqual(['order.placed Imported']);
  });
});

describe('how far projections are behind', () => {
  it('is a metric', async () => {
    await until('nothing is behind', async () => {
      const text = await projections.registry.metrics();
      return names.every((name) => text.includes(`projection_events_behind{projection="${name}"} 0`));
    });
    expect(await projections.registry.metrics()).toContain(
      'projection_lag_seconds{projection="order-views"} 0',
    );
  });
});
