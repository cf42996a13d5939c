import type { Sequelize } from 'sequelize';
import { newEvent } from '#contracts/shop/events/define-event.js';
import { orderEvents } from '#contracts/shop/events/order-events.js';
import type { CustomerSummary, OrderStatus, TimelineEntry } from '#contracts/shop/orders.js';
import type { Guarded } from '#platform/database/guarded.js';
import type { RecordedWrite } from '#platform/database/idempotency.js';
import { problem } from '#platform/http/answers.js';
import { AppError } from '#platform/errors/app-error.js';
import type { Answer } from '#platform/http/route.js';
import type { Page } from '#platform/http/page.js';
import { checkVersion, type ExpectedVersions } from '#platform/http/entity-tag.js';
import type { NewEvent, SayEvents } from '#platform/outbox/record-events.js';
import type { SagaEngine } from '#platform/saga/saga-engine.js';
import { noAnswerCode, type SagaReason } from '#platform/saga/saga.js';
import { changeOrder, type OrderChange, type PlacedOrder, toOrder } from '../domain/order.js';
import { type OrderAction, statusAfter } from '../domain/order-status.js';
import type { Participants } from './participants.js';

export interface OrderQuery {
  customerId?: string | undefined;
  status?: OrderStatus | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** The version of an order. */
export type OrderHead = Pick<PlacedOrder, 'orderId' | 'version' | 'changedAt'>;

/** Where the use cases find orders, and keep them. */
export interface Orders {
  find: (orderId: string, transaction?: Guarded<'orders'>) => Promise<PlacedOrder | undefined>;
  /** Locks it until the transaction ends. */
  lock: (orderId: string, transaction: Guarded<'orders'>) => Promise<PlacedOrder | undefined>;
  insert: (order: PlacedOrder, transaction: Guarded<'orders'>) => Promise<void>;
  /** Writes all that may change about an order; its lines too, of one that is placed again. */
  update: (order: PlacedOrder, transaction: Guarded<'orders'>) => Promise<void>;
  replaceLines: (order: PlacedOrder, transaction: Guarded<'orders'>) => Promise<void>;
  list(query: OrderQuery): Promise<Page<PlacedOrder>>;
  addToTimeline: (
    orderId: string,
    entries: readonly TimelineEntry[],
    transaction: Guarded<'orders'>,
  ) => Promise<void>;
  timeline(orderId: string): Promise<TimelineEntry[]>;
  /** Which versions of these orders there are, and when they were made. */
  heads(orderIds: readonly string[]): Promise<OrderHead[]>;
  /** The same, of a page of a list. */
  listHeads(query: OrderQuery): Promise<OrderHead[]>;
  summarise(customerId: string): Promise<CustomerSummary | undefined>;
  cancellations: Cancellations;
}

/**
 * Notes of cancellations whose refund is asked for. They go with their order from side to side, and whoever owns it
 * completes them: the money is on its way back.
 */
export interface Cancellations {
  note: (order: { orderId: string; paymentId: string }, transaction: Guarded<'orders'>) => Promise<void>;
  isNoted: (orderId: string, transaction: Guarded<'orders'>) => Promise<boolean>;
  drop: (orderId: string, transaction: Guarded<'orders'>) => Promise<void>;
  /**
   * Takes orders whose cancellation nobody has touched for so many milliseconds, as far as this side owns them. Other
   * looks pass over them for as long again, so that those which do not get on keep no other waiting.
   */
  claimAbandoned(ageMs: number, limit: number): Promise<string[]>;
}

/** How long a client waits for what its request has begun, in milliseconds. */
export interface OrderTimeouts {
  /** For a saga to end, before the client is sent to look again later. */
  answerMs: number;
  /** For stock to be shipped, which the client's answer does not depend on. */
  stockMs: number;
}

/** What the use cases of orders work with. */
export interface OrderWork {
  database: Sequelize;
  orders: Orders;
  participants: Participants;
  sagas: Pick<SagaEngine<Guarded<'orders'>>, 'begin' | 'runSaga' | 'workingOn'>;
  /** Gives the answer that is remembered under the key of a write that was begun earlier. */
  giveAnswer: (
    write: RecordedWrite<'orders'>,
    answer: Answer,
    transaction: Guarded<'orders'>,
  ) => Promise<boolean>;
  clock: () => Date;
  timeouts: OrderTimeouts;
  say: SayEvents<Guarded<'orders'>>;
}

/** A write whose answer is given by the saga that it begins. */
export type BegunWrite = Omit<RecordedWrite, 'capability'> & { path: string };

export function recorded({ idempotencyKey, resourceKey }: BegunWrite): RecordedWrite<'orders'> {
  return { capability: 'orders', idempotencyKey, resourceKey };
}

export function entryNow({ clock }: OrderWork, type: TimelineEntry['type'], detail: string): TimelineEntry {
  return { at: clock().toISOString(), type, detail };
}

/**
 * Locks an order for a change. An order that a saga works on is not changed half-way: what has been begun ends first.
 * @throws AppError `not_found`, `version_mismatch`, `invalid_state`
 */
export async function lockOrder(
  work: OrderWork,
  orderId: string,
  action: OrderAction,
  expected: ExpectedVersions,
  transaction: Guarded<'orders'>,
): Promise<PlacedOrder> {
  const order = await work.orders.lock(orderId, transaction);
  if (!order) throw new AppError('not_found', `There is no order ${orderId}`);
  checkVersion(`Order ${orderId}`, order.version, expected);
  if (statusAfter(action, order.status) === undefined) throw notPossible(order, action);
  if (action === 'change') return order;
  const begun = await work.sagas.workingOn(orderId, transaction);
  if (begun === undefined) return order;
  throw new AppError('invalid_state', `To ${begun} ${orderId} has been begun and not ended yet: try again`, {
    retryAfter: 1,
  });
}

/** What is said of an action. */
const eventByAction = {
  'place again': orderEvents.placed,
  confirm: orderEvents.confirmed,
  reject: orderEvents.rejected,
  cancel: orderEvents.cancelled,
  ship: orderEvents.shipped,
  deliver: orderEvents.delivered,
};

/** Writes what an action makes of a locked order, as its next version, and says it. */
export async function saveOrder(
  { orders, clock, say }: OrderWork,
  order: PlacedOrder,
  action: OrderAction,
  change: OrderChange,
  transaction: Guarded<'orders'>,
): Promise<PlacedOrder> {
  const changed = changeOrder(order, action, change, clock());
  if (!changed) throw notPossible(order, action);
  await orders.update(changed, transaction);
  await say([eventOf(changed, action, change)], transaction);
  return changed;
}

function eventOf(order: PlacedOrder, action: OrderAction, change: OrderChange): NewEvent {
  const { orderId } = order;
  if (action !== 'change') return newEvent(eventByAction[action], orderId, { order: toOrder(order) });
  const changed = (['contact', 'shippingAddress'] as const).filter((field) => change[field] !== undefined);
  return newEvent(orderEvents.changed, orderId, { order: toOrder(order), changed });
}

/**
 * Ends a write whose saga was taken back. A decision is the answer that is remembered. A failure is recorded as a 5xx:
 * the same request may be tried again under its key, and no other.
 */
export async function answerTakenBack(
  work: OrderWork,
  write: BegunWrite,
  reason: SagaReason | null,
  transaction: Guarded<'orders'>,
  headers?: Record<string, string>,
): Promise<void> {
  const error = errorOf(reason);
  const last = isDecision(error) || error.code === 'timeout' ? error : failed(error);
  await work.giveAnswer(recorded(write), problem(last, write.path, headers), transaction);
}

/** Whatever a failed participant has said, it is no answer to the client's request. */
function failed(cause: AppError): AppError {
  return new AppError('unavailable', cause.message, { cause, retryAfter: cause.options.retryAfter ?? 2 });
}

const decisions = ['insufficient_stock', 'payment_declined', 'invalid_state', 'not_found'];

/** Was an order rejected for good? Orders that failed for any other reason may be placed again. */
export function wasDecided(reason: string): boolean {
  return decisions.includes(reason);
}

/** Is this the answer of a participant that will not, however often it is asked? Nothing is kept reserved or charged. */
export function isDecision(error: unknown): boolean {
  return error instanceof AppError && wasDecided(error.code);
}

/** Was a step refused because the other side owns the order now? */
export function isElsewhere(error: unknown): boolean {
  return error instanceof AppError && error.code === 'not_owner';
}

function notPossible({ orderId, status }: PlacedOrder, action: OrderAction): AppError {
  return new AppError('invalid_state', `Order ${orderId} is ${status}: it is not possible to ${action} it`);
}

/** The error that a client is told of a saga that was taken back. */
export function errorOf(reason: SagaReason | null): AppError {
  const { code, message, errors, retryAfter, cause } = reason ?? { code: 'internal', message: 'taken back' };
  if (code === noAnswerCode) {
    const detail = 'A service that the order needs did not answer in time';
    return new AppError('unavailable', detail, { retryAfter: 2 });
  }
  return new AppError(code, message, {
    ...(errors ? { errors } : {}),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(cause === undefined ? {} : { cause }),
  });
}
