import type { RowDataPacket } from 'mysql2/promise';
import { inventoryEvents } from '#contracts/shop/events/inventory-events.js';
import type { Side } from '#contracts/strangler/move.js';
import type { StockMovement } from '../history/movements.js';
import type { OrderState, ReservationState, StockState, World } from '../history/world.js';
import type { Databases } from './databases.js';
import { withConnection } from './with-connection.js';

/** The same facts, as each side's own tables hold them. */
const queries: Record<Side, Record<'stock' | 'reservations' | 'owned' | 'remembered' | 'said', string>> = {
  monolith: {
    stock: 'SELECT product_id AS id, available, reserved, version FROM shop.stock_items',
    reservations: 'SELECT order_id, product_id, quantity, state FROM shop.stock_reservations',
    owned: "SELECT bucket FROM shop.inventory_ownership WHERE state = 'owned'",
    remembered: 'SELECT idempotency_key AS id, status FROM shop.inventory_idempotency',
    said: 'SELECT type, event_key, epoch, sequence, data FROM shop.inventory_outbox',
  },
  service: {
    stock:
      'SELECT product_id AS id, on_hand - reserved AS available, reserved, version FROM inventory.stock_levels',
    reservations: 'SELECT order_id, product_id, quantity, state FROM inventory.stock_reservations',
    owned: "SELECT bucket FROM inventory.inventory_ownership WHERE state = 'owned'",
    remembered: 'SELECT idempotency_key AS id, status FROM inventory.inventory_idempotency',
    said: 'SELECT type, event_key, epoch, sequence, data FROM inventory.inventory_outbox',
  },
};

const kindOfEvent = new Map<string, StockMovement['kind']>([
  [inventoryEvents.stockReserved.type, 'reserved'],
  [inventoryEvents.stockReleased.type, 'released'],
  [inventoryEvents.stockShipped.type, 'shipped'],
]);

/** Work on orders that is still to be done, and what replicas have not applied. */
const openTasks = 'SELECT COUNT(*) AS tasks FROM shop.order_tasks';

type Rows = <Row>(sql: string) => Promise<(Row & RowDataPacket)[]>;

/** Reads everything that counts from both databases. */
export async function readWorld(databases: Databases): Promise<World & { openTasks: number }> {
  const [monolith, service] = [
    await withRows(databases.monolith, (rows) => readSide('monolith', rows)),
    await withRows(databases.service, (rows) => readSide('service', rows)),
  ];
  return withRows(databases.monolith, async (rows) => {
    const [tasks] = await rows<{ tasks: number }>(openTasks);
    return {
      stock: { monolith: monolith.stock, service: service.stock },
      reservations: { monolith: monolith.reservations, service: service.reservations },
      owned: { monolith: monolith.owned, service: service.owned },
      remembered: { monolith: monolith.remembered, service: service.remembered },
      movements: [...monolith.movements, ...service.movements],
      orders: await readOrders(rows),
      openTasks: Number(tasks?.tasks ?? 0),
    };
  });
}

/** @returns buckets that a side owns, by its own table */
export async function readOwned(url: string, side: Side): Promise<number[]> {
  return withRows(url, async (rows) =>
    (await rows<{ bucket: number }>(queries[side].owned)).map(({ bucket }) => bucket),
  );
}

function withRows<Result>(url: string, work: (rows: Rows) => Promise<Result>): Promise<Result> {
  return withConnection(url, (connection) =>
    work(async <Row>(sql: string) => (await connection.query<(Row & RowDataPacket)[]>(sql))[0]),
  );
}

async function readSide(side: Side, rows: Rows) {
  return {
    stock: new Map(
      (await rows<StockState & { id: string }>(queries[side].stock)).map(
        ({ id, available, reserved, version }) => [
          id,
          { available: Number(available), reserved: Number(reserved), version: Number(version) },
        ],
      ),
    ),
    reservations: (await rows<ReservationRow>(queries[side].reservations)).map(toReservation),
    owned: (await rows<{ bucket: number }>(queries[side].owned)).map(({ bucket }) => bucket),
    remembered: new Map(
      (await rows<{ id: string; status: number }>(queries[side].remembered)).map(({ id, status }) => [
        id,
        status,
      ]),
    ),
    movements: (await rows<EventRow>(queries[side].said)).map(toMovement),
  };
}

interface ReservationRow {
  order_id: string;
  product_id: string;
  quantity: number;
  state: ReservationState['state'];
}

function toReservation({ order_id, product_id, quantity, state }: ReservationRow): ReservationState {
  return { orderId: order_id, productId: product_id, quantity, state };
}

interface EventRow {
  type: string;
  event_key: string;
  epoch: number;
  sequence: number;
  data: string;
}

function toMovement({ type, event_key, epoch, sequence, data }: EventRow): StockMovement {
  const kind = kindOfEvent.get(type);
  if (!kind) throw new Error(`${type} is no movement of stock: tell the checker what it does to versions`);
  const { orderId, quantity } = JSON.parse(data) as { orderId: string; quantity: number };
  return { productId: event_key, orderId, kind, quantity, epoch: Number(epoch), sequence: Number(sequence) };
}

async function readOrders(rows: <Row>(sql: string) => Promise<Row[]>): Promise<OrderState[]> {
  const orders = await rows<{ order_id: string; status: string }>(
    "SELECT order_id, status FROM shop.orders WHERE customer_id LIKE 'customer-%'",
  );
  const items = await rows<{ order_id: string; product_id: string; quantity: number }>(
    'SELECT order_id, product_id, quantity FROM shop.order_items',
  );
  const of = new Map<string, { productId: string; quantity: number }[]>();
  for (const { order_id, product_id, quantity } of items)
    of.set(order_id, [...(of.get(order_id) ?? []), { productId: product_id, quantity }]);
  return orders.map(({ order_id, status }) => ({ orderId: order_id, status, items: of.get(order_id) ?? [] }));
}
