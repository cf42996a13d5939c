import { newEvent } from '#contracts/shop/events/define-event.js';
import { inventoryEvents } from '#contracts/shop/events/inventory-events.js';
import {
  decideReservation,
  type Reservation,
  type ReservationCommand,
  type ReservationDecision,
} from '#contracts/shop/reservation.js';
import type { OrderStock } from '#contracts/shop/inventory-requests.js';
import type { Guarded } from '#platform/database/guarded.js';
import { AppError, type FieldError } from '#platform/errors/app-error.js';
import type { NewEvent, SayEvents } from '#platform/outbox/record-events.js';
import type { ReservationTable } from './reservation-table.js';
import type { StockRow, StockTable } from './stock-table.js';

export type StockCommand = ReservationCommand['kind'];

/** Where this side keeps stock. */
export interface LocalStock {
  stock: StockTable;
  reservations: ReservationTable;
  say: SayEvents<Guarded<'inventory'>>;
  clock: () => Date;
}

/** What a command would do on this side. All rows that it concerns are locked. */
export interface PlannedStock {
  /** Products of which there is not enough. */
  short: FieldError[];
  write(): Promise<void>;
}

/**
 * Works out what a command for items of an order does; nothing is written yet.
 * The caller holds the ownership of the products.
 * @throws AppError `invalid_state` where it can't be done any more
 */
export async function planStock(
  local: LocalStock,
  command: StockCommand,
  { orderId, items, attempt }: OrderStock,
  transaction: Guarded<'inventory'>,
): Promise<PlannedStock> {
  if (items.length === 0) return { short: [], write: async () => undefined };
  const productIds = items.map(({ productId }) => productId);
  const rows = await lockStock(local.stock, productIds, transaction);
  const known = await lockReservations(local.reservations, orderId, productIds, transaction);
  const changes = new Map<string, ReservationDecision & { kind: 'change' }>();
  const short: FieldError[] = [];
  for (const { productId, quantity } of items) {
    const decision = decideReservation({ kind: command, quantity, attempt }, known.get(productId));
    if (decision.kind === 'refused') throw refused(command, productId, orderId, decision.because);
    if (decision.kind === 'nothing') continue;
    changes.set(productId, decision);
    short.push(...shortage(productId, quantity, decision.setAside, rows.get(productId)));
  }
  return {
    short,
    write: async () => {
      const now = local.clock();
      await moveUnits(local.stock, rows, changes, now, transaction);
      await saveReservations(local.reservations, orderId, changes, now, transaction);
      await local.say(eventsOf(orderId, changes), transaction);
    },
  };
}

const eventByState = {
  reserved: inventoryEvents.stockReserved,
  released: inventoryEvents.stockReleased,
  shipped: inventoryEvents.stockShipped,
};

/** A mark that keeps a late reservation away is nothing that has happened to stock. */
function eventsOf(
  orderId: string,
  changes: ReadonlyMap<string, ReservationDecision & { kind: 'change' }>,
): NewEvent[] {
  return [...changes].flatMap(([productId, { reservation, setAside, shipped }]) => {
    const { state, quantity, attempt } = reservation;
    if (state === 'released' && setAside === 0) return [];
    const units = state === 'shipped' ? shipped : quantity;
    return [newEvent(eventByState[state], productId, { orderId, productId, quantity: units, attempt })];
  });
}

/** Rows are locked in order of their ids, so that two orders of the same products can't wait for each other. */
async function lockStock(
  stock: StockTable,
  productIds: readonly string[],
  transaction: Guarded<'inventory'>,
): Promise<Map<string, StockRow>> {
  const rows = await stock.findAll({
    where: { productId: [...productIds] },
    order: [['productId', 'ASC']],
    transaction,
    lock: transaction.LOCK.UPDATE,
  });
  return new Map(rows.map((row) => [row.productId, row]));
}

async function lockReservations(
  reservations: ReservationTable,
  orderId: string,
  productIds: readonly string[],
  transaction: Guarded<'inventory'>,
): Promise<Map<string, Reservation>> {
  const rows = await reservations.findAll({
    where: { orderId, productId: [...productIds] },
    order: [['productId', 'ASC']],
    transaction,
    lock: transaction.LOCK.UPDATE,
  });
  return new Map(
    rows.map(({ productId, quantity, state, attempt }) => [
      productId,
      { quantity, state, attempt: Number(attempt) },
    ]),
  );
}

/** What is set aside for the order already counts as there. */
function shortage(
  productId: string,
  quantity: number,
  setAside: number,
  row: StockRow | undefined,
): FieldError[] {
  const there = row?.available ?? 0;
  if (setAside <= 0 || setAside <= there) return [];
  return [{ path: productId, message: `${there + quantity - setAside} available, ${quantity} wanted` }];
}

/**
 * Writes all changes in one statement: orders of popular products wait for each other's locks, and each round
 * trip that a lock is held for is multiplied by the queue behind it. The rows exist, so none is ever inserted.
 */
async function moveUnits(
  stock: StockTable,
  rows: Map<string, StockRow>,
  changes: ReadonlyMap<string, { setAside: number; shipped: number }>,
  updatedAt: Date,
  transaction: Guarded<'inventory'>,
): Promise<void> {
  const changed = [...changes].flatMap(([productId, { setAside, shipped }]) => {
    const row = rows.get(productId);
    if (!row || (setAside === 0 && shipped === 0)) return [];
    const available = row.available - setAside;
    const reserved = row.reserved + setAside - shipped;
    return [{ productId, available, reserved, version: row.version + 1, updatedAt }];
  });
  if (changed.length === 0) return;
  await stock.bulkCreate(changed, {
    updateOnDuplicate: ['available', 'reserved', 'version', 'updatedAt'],
    transaction,
  });
}

async function saveReservations(
  reservations: ReservationTable,
  orderId: string,
  changes: ReadonlyMap<string, { reservation: Reservation }>,
  updatedAt: Date,
  transaction: Guarded<'inventory'>,
): Promise<void> {
  if (changes.size === 0) return;
  const rows = [...changes].map(([productId, { reservation }]) => ({
    ...{ orderId, productId, updatedAt },
    ...reservation,
  }));
  await reservations.bulkCreate(rows, {
    updateOnDuplicate: ['quantity', 'state', 'attempt', 'updatedAt'],
    transaction,
  });
}

function refused(command: StockCommand, productId: string, orderId: string, because: string): AppError {
  return new AppError(
    'invalid_state',
    `It is not possible to ${command} ${productId} for order ${orderId}: ${because}`,
  );
}

/** @param items in whose order the products are named */
export function insufficientStock(
  items: readonly { productId: string }[],
  short: readonly FieldError[],
): AppError {
  const errors = items.flatMap(({ productId }) => short.filter(({ path }) => path === productId));
  const names = errors.map(({ path }) => path).join(', ');
  return new AppError('insufficient_stock', `There is not enough stock of ${names}`, { errors });
}
