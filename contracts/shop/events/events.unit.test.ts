import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { idSchema } from '../../http/fields.js';
import { type EventDefinition, eventSchema } from './define-event.js';
import { eventsPage } from './events-page.js';
import { inventoryEvents } from './inventory-events.js';
import { shopEvents } from './index.js';
import { z } from 'zod';

const types = shopEvents.map(({ type }) => type);

describe('the page about events', () => {
  it('is up to date: otherwise run "npm run generate"', () => {
    const page = readFileSync(new URL('../../../docs/events.md', import.meta.url), 'utf8');
    expect(page).toBe(eventsPage());
  });

  it('has every event once', () => {
    const headings = [...eventsPage().matchAll(/^### (.+\.v\d+)$/gm)].map(([, type]) => type);
    expect(headings).toEqual(types);
    expect(new Set(types).size).toBe(types.length);
  });
});

describe('an event of the shop', () => {
  const said = {
    ...{ eventId: 'e-1', type: 'inventory.stock-reserved.v1', capability: 'inventory', key: 'P1' },
    ...{ occurredAt: '2026-01-01T00:00:00.000Z', side: 'service', epoch: 2, sequence: 7 },
    data: { orderId: 'o-1', productId: 'P1', quantity: 3, attempt: 1 },
  };

  it('is read by its own schema', () => {
    expect(eventSchema(inventoryEvents.stockReserved).parse(said)).toEqual(said);
  });

  it('is not read by that of another, nor with data that does not fit', () => {
    expect(eventSchema(inventoryEvents.stockReleased).safeParse(said).success).toBe(false);
    const data = { ...said.data, quantity: 0 };
    expect(eventSchema(inventoryEvents.stockReserved).safeParse({ ...said, data }).success).toBe(false);
  });

  it('may have gained fields since it was written down here', () => {
    const data = { ...said.data, shelf: 'A4' };
    expect(eventSchema(inventoryEvents.stockReserved).parse({ ...said, data }).data).toEqual(said.data);
  });

  it.each(shopEvents.map((event): [string, EventDefinition] => [event.type, event]))(
    '%s says whose key it has in its data',
    (_type, { key, data }) => {
      expect(hasField(z.toJSONSchema(data), key)).toBe(true);
      expect(idSchema.safeParse(key).success).toBe(true);
    },
  );
});

function hasField(node: unknown, name: string): boolean {
  if (typeof node !== 'object' || node === null) return false;
  return Object.entries(node).some(([key, value]) => key === name || hasField(value, name));
}
