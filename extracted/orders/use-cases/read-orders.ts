import { setTimeout as sleep } from 'node:timers/promises';
import type { CustomerSummary, Order, Tracking } from '#contracts/shop/orders.js';
import { AppError } from '#platform/errors/app-error.js';
import type { Page } from '#platform/http/page.js';
import { toOrder } from '../domain/order.js';
import { mergeTimelines, tellAllOf, tellTimeline } from '../domain/timeline.js';
import type { OrderViews } from './order-views.js';
import type { OrderHead, OrderQuery, Orders } from './order-work.js';
import type { TrackingFacts } from './track-orders.js';

/** How long queries wait for what a client may have written just now. Milliseconds. */
export interface Patience {
  waitMs: number;
  lookEveryMs: number;
  /** What was changed longer ago, and is still not there, no event is about to tell of: it is not waited for. */
  recentMs: number;
}

/**
 * What queries work with. They read projections. Which versions those have to know of, the orders themselves say:
 * a gateway sends a query to a side only when all that was written has come to its tables (`docs/decisions/0011`).
 * What is not there in time is read from the orders themselves.
 */
export interface ReadWork {
  orders: Orders;
  views: Pick<OrderViews<never>, 'isBuilt' | 'versions' | 'list' | 'summarise' | 'unseen'>;
  facts: Pick<TrackingFacts<never>, 'isBuilt' | 'of'>;
  clock: () => Date;
  patience: Patience;
}

/** @throws AppError `not_found` */
export async function getOrder(orders: Orders, orderId: string): Promise<Order> {
  const order = await orders.find(orderId);
  if (!order) throw new AppError('not_found', `There is no order ${orderId}`);
  return toOrder(order);
}

/** Orders, newest first; a cursor that the monolith gave is good here, and the other way round. */
export async function listOrders(work: ReadWork, query: OrderQuery): Promise<Page<Order>> {
  const { orders, views } = work;
  const required = new Map<string, OrderHead>();
  const require = (heads: readonly OrderHead[]) => heads.forEach((head) => required.set(head.orderId, head));
  if (await views.isBuilt()) {
    require(await orders.listHeads(query));
    const found = await awaitProjection(work, async () => {
      const known = await views.versions([...required.keys()]);
      const page = await views.list(query);
      // What a list shows for longer than it should is a page's as well as what it does not show yet.
      require(await orders.heads(page.items.map(({ orderId }) => orderId).filter((id) => !required.has(id))));
      for (const { orderId, version } of page.items) known.set(orderId, version);
      return {
        found: page,
        unseen: newestOf([...required.values()].filter((head) => isUnseen(head, known))),
      };
    });
    if (found) return found;
  }
  const { items, nextCursor } = await orders.list(query);
  return { items: items.map(toOrder), nextCursor };
}

/** What a customer has ordered so far. @throws AppError `not_found` for one who has never ordered */
export async function summariseCustomer(work: ReadWork, customerId: string): Promise<CustomerSummary> {
  const { orders, views } = work;
  const isBuilt = await views.isBuilt();
  const found = isBuilt
    ? await awaitProjection(work, async () => {
        const unseen = await views.unseen(customerId);
        return { unseen, found: unseen ? undefined : await views.summarise(customerId) };
      })
    : undefined;
  const summary = found ?? (await orders.summarise(customerId));
  if (!summary) throw new AppError('not_found', `There is no customer ${customerId} with orders`);
  return summary;
}

/** What happened to an order, wherever it happened. @throws AppError `not_found` */
export async function trackOrder(work: ReadWork, orderId: string): Promise<Tracking> {
  const { orders, facts } = work;
  const order = await orders.find(orderId);
  if (!order) throw new AppError('not_found', `There is no order ${orderId}`);
  const shown = toOrder(order);
  const { status } = shown;
  if (await facts.isBuilt()) {
    const timeline = await awaitProjection(work, async () => {
      const heard = await facts.of(orderId);
      return { found: tellTimeline(heard), unseen: tellAllOf(shown, heard) ? undefined : order.changedAt };
    });
    if (timeline) return { orderId, status, timeline };
  }
  const [own, heard] = await Promise.all([orders.timeline(orderId), facts.of(orderId)]);
  return { orderId, status, timeline: mergeTimelines(own, tellTimeline(heard)) };
}

interface Look<Found> {
  found: Found | undefined;
  /** When what is still missing was written; undefined where nothing is. */
  unseen: Date | undefined;
}

/** Looks until nothing is missing. @returns undefined if that takes too long, or won't come by waiting */
async function awaitProjection<Found>(
  { clock, patience }: ReadWork,
  look: () => Promise<Look<Found>>,
): Promise<Found | undefined> {
  const until = performance.now() + patience.waitMs;
  for (;;) {
    const { found, unseen } = await look();
    if (unseen === undefined) return found;
    const old = clock().getTime() - unseen.getTime() > patience.recentMs;
    if (old || performance.now() >= until) return undefined;
    await sleep(patience.lookEveryMs);
  }
}

function isUnseen({ orderId, version }: OrderHead, known: ReadonlyMap<string, number>): boolean {
  return (known.get(orderId) ?? 0) < version;
}

function newestOf(heads: readonly OrderHead[]): Date | undefined {
  return heads.length === 0
    ? undefined
    : new Date(Math.max(...heads.map(({ changedAt }) => changedAt.getTime())));
}
