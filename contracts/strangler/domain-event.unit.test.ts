import { describe, expect, it } from '@jest/globals';
import { capabilityOfEvent, eventSubject, eventTypeSchema, isLater } from './domain-event.js';

describe('events of one key', () => {
  it('are in the order in which their side has said them', () => {
    expect(isLater({ epoch: 1, sequence: 9 }, { epoch: 1, sequence: 8 })).toBe(true);
    expect(isLater({ epoch: 1, sequence: 8 }, { epoch: 1, sequence: 8 })).toBe(false);
  });

  it('are in the order of their owners, though each side counts for itself', () => {
    expect(isLater({ epoch: 2, sequence: 1 }, { epoch: 1, sequence: 5_000 })).toBe(true);
    expect(isLater({ epoch: 1, sequence: 5_000 }, { epoch: 2, sequence: 1 })).toBe(false);
  });
});

describe("an event's type", () => {
  it('begins with the capability, and is its subject', () => {
    expect(capabilityOfEvent('inventory.stock-reserved.v1')).toBe('inventory');
    expect(eventSubject('inventory.stock-reserved.v1')).toBe('strangler.events.inventory.stock-reserved.v1');
  });

  it.each(['orders.confirmed', 'orders.confirmed.1', 'Orders.confirmed.v1', 'orders.>.v1', 'orders.a.b.v1'])(
    'is not %s',
    (type) => {
      expect(eventTypeSchema.safeParse(type).success).toBe(false);
      expect(() => capabilityOfEvent(type)).toThrow('is no type of an event');
    },
  );
});
