import type { Transaction } from 'sequelize';
import type { TimelineEntry } from '#contracts/shop/orders.js';
import type { Page } from '#platform/http/page.js';
import type { Piece, Projection, Source } from '#platform/projections/projection.js';
import type { TrackingFact } from '../domain/timeline.js';
import { type HeardFact, hearEvent, ofNotification, ofPayment, trackedEvents } from './hear-events.js';
import type { OrderHistory, OrdersPiece } from './order-views.js';
import type { Elsewhere } from './participants.js';

/** The projection that tracking is read from. */
export const orderTrackingName = 'order-tracking';

/** What has happened to orders, built from what every capability has said. */
export interface TrackingFacts<Transaction> {
  /** Keeps them for one build, each once. */
  keep: (facts: readonly HeardFact[], build: number, transaction: Transaction) => Promise<void>;
  /** Is there a build to be read? */
  isBuilt(): Promise<boolean>;
  of(orderId: string): Promise<TrackingFact[]>;
  clear(before: number, limit: number): Promise<number>;
}

/** An entry of an order's own timeline. */
export interface NotedEntry extends TimelineEntry {
  entryId: string;
  orderId: string;
}

export interface TrackingSources {
  history: OrderHistory;
  /** The own timelines of orders, oldest entry first. */
  noted(orderIds: readonly string[]): Promise<NotedEntry[]>;
  elsewhere: Elsewhere;
}

/** Keeps what orders' timelines are read from, wherever the capabilities are. */
export function projectTracking(facts: TrackingFacts<Transaction>, sources: TrackingSources): Projection {
  const keeping = (found: readonly HeardFact[], piece: Pick<Piece, 'after' | 'size'>): Piece => ({
    ...piece,
    write: (build, transaction) => facts.keep(found, build, transaction),
  });
  const ofOrders = async (piece: OrdersPiece | undefined) =>
    piece && keeping(await historyOf(piece, sources), { after: piece.after, size: piece.orders.length });
  const { history, elsewhere } = sources;
  return {
    name: orderTrackingName,
    types: trackedEvents,
    apply: (events, build, transaction) =>
      facts.keep(
        events.flatMap((event) => hearEvent(event) ?? []),
        build,
        transaction,
      ),
    sources: [
      {
        name: 'orders',
        size: () => history.size(),
        read: async (after) => ofOrders(await history.read(after)),
        readMissing: async (after, build) =>
          ofOrders(await history.readMissing(after, build, 'tracking_facts')),
      },
      elsewhereSource('payments', elsewhere.payments, keeping, (payment) => [
        ofPayment({ ...payment, status: 'CAPTURED' }, payment.createdAt),
        ...(payment.status === 'REFUNDED' ? [ofPayment(payment, payment.updatedAt)] : []),
      ]),
      elsewhereSource('notifications', elsewhere.notifications, keeping, (notification) => {
        const queued = ofNotification({ ...notification, status: 'QUEUED' }, notification.createdAt);
        const ended = ofNotification(notification, notification.updatedAt);
        return [queued, notification.status === 'QUEUED' ? undefined : ended].filter(
          (one) => one !== undefined,
        );
      }),
    ],
    clear: (before, limit) => facts.clear(before, limit),
  };
}

/** An order's own timeline may be newer than its version was when that was read, never older. */
async function historyOf({ orders }: OrdersPiece, { noted }: TrackingSources): Promise<HeardFact[]> {
  const versions = new Map(orders.map(({ orderId, version }) => [orderId, version]));
  const entries = await noted([...versions.keys()]);
  return entries.map(({ entryId, orderId, at, type, detail }) => ({
    orderId,
    fact: {
      ...{ fact: `noted ${entryId}`, at, type, detail, units: null, source: 'history' as const },
      version: versions.get(orderId) ?? null,
    },
  }));
}

/** Behind the last page. */
const theEnd = 'end';

function elsewhereSource<Item>(
  name: string,
  tell: (cursor: string | undefined) => Promise<Page<Item>>,
  keeping: (found: readonly HeardFact[], piece: Pick<Piece, 'after' | 'size'>) => Piece,
  factsOf: (item: Item) => HeardFact[],
): Source {
  return {
    name,
    // Nobody counts them for that.
    size: () => Promise.resolve(0),
    read: async (after) => {
      if (after === theEnd) return undefined;
      const { items, nextCursor } = await tell(after);
      return keeping(items.flatMap(factsOf), { after: nextCursor ?? theEnd, size: items.length });
    },
  };
}
