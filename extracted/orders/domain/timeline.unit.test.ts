import { describe, expect, it } from '@jest/globals';
import type { Order, TimelineEntry } from '#contracts/shop/orders.js';
import { mergeTimelines, tellAllOf, tellTimeline, type TrackingFact } from './timeline.js';

const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`;
const entry = (second: number, type: TimelineEntry['type'], detail = ''): TimelineEntry => ({
  ...{ at: at(second), type, detail },
});
const fact = (
  second: number,
  type: TimelineEntry['type'],
  more: Partial<TrackingFact> = {},
): TrackingFact => ({
  ...{
    fact: `${second} ${type}`,
    ...entry(second, type),
    units: null,
    version: null,
    source: 'event',
    ...more,
  },
});
const types = (entries: readonly TimelineEntry[]) =>
  entries.map(({ type, detail }) => `${type} ${detail}`.trim());

describe('two timelines of one order', () => {
  it('become one in order of time, in which what both tell of stands once', () => {
    const own = [entry(1, 'order.placed', '1 product'), entry(3, 'order.confirmed', 'payment p')];
    const heard = [entry(2, 'payment.captured', '1 GBP'), entry(3, 'order.confirmed', 'payment p')];
    expect(mergeTimelines(own, heard).map(({ type }) => type)).toEqual([
      'order.placed',
      'payment.captured',
      'order.confirmed',
    ]);
  });

  it('keep what has happened twice', () => {
    const reserved = [entry(1, 'stock.reserved', '2 units'), entry(3, 'stock.reserved', '2 units')];
    expect(mergeTimelines(reserved.slice(0, 1), reserved)).toHaveLength(2);
    expect(mergeTimelines(reserved, reserved.slice(0, 1))).toHaveLength(2);
    expect(mergeTimelines([], reserved)).toHaveLength(2);
  });

  it('tell once of a card that was declined, for whatever reason each of them knows', () => {
    const own = [entry(1, 'payment.declined', 'declined')];
    expect(mergeTimelines(own, [entry(1, 'payment.declined', 'no money')])).toHaveLength(1);
  });
});

describe('facts', () => {
  it('tell of all products of an order at once, each time they are reserved or put back', () => {
    const told = tellTimeline([
      fact(4, 'stock.released', { units: 2 }),
      fact(1, 'stock.reserved', { units: 2 }),
      fact(3, 'stock.released', { units: 1 }),
      fact(2, 'stock.reserved', { units: 1 }),
      fact(5, 'stock.reserved', { units: 3 }),
    ]);
    expect(types(told)).toEqual([
      'stock.reserved 3 units',
      'stock.released 3 units',
      'stock.reserved 3 units',
    ]);
  });

  it('of one millisecond are told in the order of cause and effect', () => {
    const told = tellTimeline([
      fact(1, 'notification.queued'),
      fact(1, 'order.confirmed'),
      fact(1, 'payment.captured'),
      fact(1, 'stock.reserved', { units: 1 }),
      fact(1, 'order.placed'),
    ]);
    expect(told.map(({ type }) => type)).toEqual([
      'order.placed',
      'stock.reserved',
      'payment.captured',
      'order.confirmed',
      'notification.queued',
    ]);
  });
});

describe('whether facts tell of all that an order shows', () => {
  const order = {
    ...{ status: 'CONFIRMED', version: 2, paymentId: 'p', items: [{ quantity: 2 }, { quantity: 1 }] },
  } as unknown as Order;
  const all = [
    fact(1, 'order.placed', { version: 1 }),
    fact(2, 'stock.reserved', { units: 2 }),
    fact(2, 'stock.reserved', { units: 1 }),
    fact(3, 'payment.captured'),
    fact(4, 'order.confirmed', { version: 2 }),
  ];

  it('they do with all of them, in whichever order they came', () => {
    expect(tellAllOf(order, all.toReversed())).toBe(true);
  });

  it.each(all.map((_, missing) => missing))('they do not without number %i', (missing) => {
    expect(tellAllOf(order, all.toSpliced(missing, 1))).toBe(false);
  });

  it('they do by a history that goes so far, and not by one that goes less far', () => {
    const history = (version: number) => [fact(1, 'order.placed', { version, source: 'history' })];
    expect(tellAllOf(order, history(2))).toBe(true);
    expect(tellAllOf(order, history(1))).toBe(false);
  });
});
