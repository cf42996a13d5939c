import { newEvent } from '#contracts/shop/events/define-event.js';
import { inventoryEvents } from '#contracts/shop/events/inventory-events.js';
import type { OrderStock } from '#contracts/shop/inventory-requests.js';
import {
  decideReservation,
  type Reservation,
  type ReservationCommand,
  type ReservationDecision,
} from '#contracts/shop/reservation.js';
import { AppError, type FieldError } from '#platform/errors/app-error.js';
import { available, moved, type StockLevel } from '../domain/stock-level.js';
import type { StockWork } from './stock-levels.js';

type Kind = ReservationCommand['kind'];
const eventByState = {
  reserved: inventoryEvents.stockReserved,
  released: inventoryEvents.stockReleased,
  shipped: inventoryEvents.stockShipped,
};

type Change = ReservationDecision & { kind: 'change' };

/**
 * Sets the items of an order aside, puts them back, or lets them leave the house: all of them, or none.
 * @throws AppError `insufficient_stock` that names every product of which there is not enough; `invalid_state`
 */
export async function moveOrderStock<Transaction>(
  work: StockWork<Transaction>,
  kind: Kind,
  order: OrderStock,
  transaction: Transaction,
): Promise<void> {
  const { levels, changes, short } = await decide(work, kind, order, transaction);
  if (short.length > 0) {
    const names = short.map(({ path }) => path).join(', ');
    throw new AppError('insufficient_stock', `There is not enough stock of ${names}`, { errors: short });
  }
  const now = work.clock();
  const next = [...changes].flatMap(([productId, { setAside, shipped }]) => {
    const level = levels.get(productId);
    const movement = { onHand: -shipped, reserved: setAside - shipped };
    return level && (setAside !== 0 || shipped !== 0) ? [moved(level, movement, now)] : [];
  });
  const reservations = new Map<string, Reservation>();
  for (const [productId, { reservation }] of changes) reservations.set(productId, reservation);
  await work.levels.save(next, transaction);
  await work.reservations.save(order.orderId, reservations, now, transaction);
  await work.say(eventsOf(order.orderId, changes), transaction);
}

/** A mark that keeps a late reservation away is nothing that has happened to stock. */
function eventsOf(orderId: string, changes: ReadonlyMap<string, Change>) {
  return [...changes].flatMap(([productId, { reservation, setAside, shipped }]) => {
    const { state, quantity, attempt } = reservation;
    if (state === 'released' && setAside === 0) return [];
    const units = state === 'shipped' ? shipped : quantity;
    return [newEvent(eventByState[state], productId, { orderId, productId, quantity: units, attempt })];
  });
}

/** Which items of an order could not be set aside just now; nothing is changed. */
export async function findShortages<Transaction>(
  work: StockWork<Transaction>,
  order: OrderStock,
  transaction: Transaction,
): Promise<FieldError[]> {
  return (await decide(work, 'reserve', order, transaction)).short;
}

async function decide<Transaction>(
  { levels: table, reservations: known }: StockWork<Transaction>,
  kind: Kind,
  { orderId, items, attempt }: OrderStock,
  transaction: Transaction,
) {
  const productIds = items.map(({ productId }) => productId);
  const levels = await table.lock(productIds, transaction);
  const reservations = await known.lock(orderId, productIds, transaction);
  const changes = new Map<string, Change>();
  const short: FieldError[] = [];
  for (const { productId, quantity } of items) {
    const decision = decideReservation({ kind, quantity, attempt }, reservations.get(productId));
    if (decision.kind === 'refused') throw refused(kind, productId, orderId, decision.because);
    if (decision.kind === 'nothing') continue;
    changes.set(productId, decision);
    short.push(...shortage(productId, quantity, decision, levels.get(productId)));
  }
  return { levels, changes, short };
}

/** What is set aside already counts as there. */
function shortage(
  productId: string,
  quantity: number,
  { setAside }: Change,
  level: StockLevel | undefined,
): FieldError[] {
  const there = level ? available(level) : 0;
  if (setAside <= 0 || setAside <= there) return [];
  return [{ path: productId, message: `${there + quantity - setAside} available, ${quantity} wanted` }];
}

function refused(kind: Kind, productId: string, orderId: string, because: string): AppError {
  return new AppError(
    'invalid_state',
    `It is not possible to ${kind} ${productId} for order ${orderId}: ${because}`,
  );
}
