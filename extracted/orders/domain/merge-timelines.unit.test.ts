import { describe, expect, it } from '@jest/globals';
import type { TimelineEntry } from '#contracts/shop/orders.js';
import { mergeTimelines } from './merge-timelines.js';

const entry = (second: number, type: TimelineEntry['type'], detail = ''): TimelineEntry => ({
  ...{ at: `2026-01-01T00:00:0${second}.000Z`, type, detail },
});

describe('the timeline of an order', () => {
  it('has what was heard at its time', () => {
    const own = [entry(1, 'order.placed'), entry(3, 'order.shipped')];
    const heard = [entry(2, 'notification.sent'), entry(4, 'notification.queued')];
    expect(mergeTimelines(own, heard).map(({ type }) => type)).toEqual([
      'order.placed',
      'notification.sent',
      'order.shipped',
      'notification.queued',
    ]);
  });

  it('has once what was noted and heard', () => {
    const sent = entry(2, 'notification.sent', 'order-confirmed by email');
    expect(mergeTimelines([sent], [{ ...sent, at: '2026-01-01T00:00:03.000Z' }])).toEqual([sent]);
  });

  it('puts what was heard behind what was noted in the same moment', () => {
    const [confirmed, queued] = [entry(1, 'order.confirmed'), entry(1, 'notification.queued')];
    expect(mergeTimelines([confirmed], [queued])).toEqual([confirmed, queued]);
  });
});
