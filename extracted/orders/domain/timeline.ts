import type { Order, TimelineEntry } from '#contracts/shop/orders.js';

/** Something that an order's timeline tells of, as one capability has said it. */
export interface TrackingFact {
  /** What it is: the same however often, and from whomever, it is heard. */
  fact: string;
  /** ISO 8601, UTC. */
  at: string;
  type: TimelineEntry['type'];
  detail: string;
  /** Of stock: each product is a fact of its own, and a timeline tells of all of them at once. */
  units: number | null;
  /** Of the order, which the fact made, or up to which a history goes; of other capabilities' facts null. */
  version: number | null;
  /** `history`: noted by the order's own side, and copied when it was found that no event has told of it. */
  source: 'event' | 'history';
}

/** Of what happened in one millisecond, what came first. */
const causes: readonly TimelineEntry['type'][][] = [
  ['order.placed'],
  ['stock.reserved'],
  ['payment.captured', 'payment.declined'],
  ['payment.refunded'],
  ['stock.released'],
  ['order.confirmed', 'order.rejected', 'order.cancelled', 'order.changed', 'order.shipped'],
  ['order.delivered'],
  ['notification.queued'],
  ['notification.sent', 'notification.failed'],
];

/** The timeline that facts make, oldest first. What both a history and events tell of is told once. */
export function tellTimeline(facts: readonly TrackingFact[]): TimelineEntry[] {
  const entriesFrom = (source: TrackingFact['source']) =>
    sumUnits(facts.filter((fact) => fact.source === source).toSorted(byTime));
  return mergeTimelines(entriesFrom('history'), entriesFrom('event'));
}

/**
 * One timeline of two that each tell of some of what has happened, and of nothing twice: what one tells of n times, and
 * the other m times, has happened as often as the greater of both.
 */
export function mergeTimelines(
  own: readonly TimelineEntry[],
  heard: readonly TimelineEntry[],
): TimelineEntry[] {
  const told = new Map<string, number>();
  for (const entry of own) told.set(said(entry), (told.get(said(entry)) ?? 0) + 1);
  const further = heard.filter((entry) => {
    const left = told.get(said(entry)) ?? 0;
    told.set(said(entry), left - 1);
    return left <= 0;
  });
  return [...own, ...further].sort(byTime);
}

/** Why a card was declined, the bank tells the payments; an order's own side may only know that it was. */
function said({ type, detail }: TimelineEntry): string {
  return type === 'payment.declined' ? type : `${type} ${detail}`;
}

/** Products of an order are reserved, and put back, together: as long as nothing else happens to its stock, it is one. */
function sumUnits(facts: readonly TrackingFact[]): TimelineEntry[] {
  const entries: TimelineEntry[] = [];
  let sum: { entry: TimelineEntry; units: number } | undefined;
  for (const { at, type, detail, units } of facts) {
    if (units === null) {
      entries.push({ at, type, detail });
    } else if (sum?.entry.type === type) {
      sum.units += units;
      Object.assign(sum.entry, { at, detail: unitsText(sum.units) });
    } else {
      sum = { entry: { at, type, detail: unitsText(units) }, units };
      entries.push(sum.entry);
    }
  }
  return entries;
}

function byTime(one: TimelineEntry, other: TimelineEntry): number {
  if (one.at !== other.at) return one.at < other.at ? -1 : 1;
  return rank(one) - rank(other);
}

function rank({ type }: TimelineEntry): number {
  return causes.findIndex((types) => types.includes(type));
}

function unitsText(units: number): string {
  return `${units} ${units === 1 ? 'unit' : 'units'}`;
}

/**
 * Do facts tell of all that an order's version shows to have happened? Then they tell a client of all that it has done.
 * What became of messages is not among it: nobody who has written an order has sent them.
 */
export function tellAllOf(order: Order, facts: readonly TrackingFact[]): boolean {
  const known = Math.max(0, ...facts.filter(isHistory).map(({ version }) => version ?? 0));
  const versions = new Set(facts.map(({ version }) => version));
  for (let version = known + 1; version <= order.version; version += 1)
    if (!versions.has(version)) return false;
  const entries = tellTimeline(facts);
  return (
    known >= order.version || expected(order).every((one) => entries.some((entry) => matches(entry, one)))
  );
}

type Expected = Pick<TimelineEntry, 'type'> & { detail?: string };

function matches(entry: TimelineEntry, { type, detail = entry.detail }: Expected): boolean {
  return entry.type === type && entry.detail === detail;
}

/** What other capabilities have to have said of an order in this state. */
function expected({ status, items, paymentId, reason }: Order): Expected[] {
  const units = unitsText(items.reduce((sum, { quantity }) => sum + quantity, 0));
  const paid = (type: TimelineEntry['type']) => (paymentId === null ? [] : [{ type }]);
  if (status === 'PENDING') return [];
  if (status === 'CANCELLED') return [{ type: 'stock.released', detail: units }, ...paid('payment.refunded')];
  if (status !== 'REJECTED') return [{ type: 'stock.reserved', detail: units }, ...paid('payment.captured')];
  const released = { type: 'stock.released', detail: units } as const;
  if (reason === 'payment_declined') return [{ type: 'payment.declined' }, released];
  return reason === 'timeout' ? [released] : [];
}

function isHistory({ source }: TrackingFact): boolean {
  return source === 'history';
}
