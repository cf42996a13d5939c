import type { Scenario } from '../support/command.js';
import { get, post, product, put } from './shop-commands.js';

const decrease = (id: string, quantity: unknown, more?: Parameters<typeof post>[2]) =>
  post(`/inventory/${id}/decrease`, { quantity }, more);
const increase = (id: string, quantity: unknown, more?: Parameters<typeof post>[2]) =>
  post(`/inventory/${id}/increase`, { quantity }, more);
const set = (id: string, available: unknown, more?: Parameters<typeof post>[2]) =>
  put(`/inventory/${id}`, { available }, more);

export const inventoryScenarios: readonly Scenario[] = [
  {
    name: 'stock is set, taken and put back',
    commands: (own) => {
      const id = own('lantern');
      return [
        get(`/inventory/${id}`),
        decrease(id, 1),
        increase(id, 1),
        set(id, 5),
        put(`/products/${id}`, { name: 'Lantern', price: { amount: 255, currency: 'GBP' } }),
        get(`/inventory/${id}`),
        decrease(id, 1),
        set(id, 5),
        decrease(id, 3),
        decrease(id, 3),
        decrease(id, 2),
        increase(id, 1_000_000),
        increase(id, 1_000_001),
        set(id, 2_000_000_000),
        increase(id, 1),
        set(id, 2_000_000_001),
        get(`/inventory/${id}`),
      ];
    },
  },
  {
    name: 'stock is changed at a version, and once under a key',
    commands: (own) => {
      const id = own('keyed');
      return [
        ...product(id, 10),
        decrease(id, 1, { ifMatch: '"1"' }),
        decrease(id, 1, { ifMatch: '"1"' }),
        decrease(id, 1, { ifMatch: '"1", "2"' }),
        decrease(id, 1, { ifMatch: 'W/"3"' }),
        decrease(id, 1, { ifMatch: '*' }),
        decrease(id, 1, { ifMatch: '3' }),
        decrease(id, 1, { key: own('take') }),
        decrease(id, 1, { key: own('take') }),
        decrease(id, 2, { key: own('take') }),
        increase(id, 1, { key: own('take') }),
        decrease(id, 99, { key: own('too many') }),
        decrease(id, 99, { key: own('too-many') }),
        increase(id, 500),
        decrease(id, 99, { key: own('too-many') }),
        set(own('unknown'), 1, { key: own('not-there') }),
        set(own('unknown'), 1, { key: own('not-there') }),
        get(`/inventory/${id}`),
      ];
    },
  },
  {
    name: 'what does not fit a change of stock is refused',
    commands: (own) => {
      const id = own('fit');
      return [
        ...product(id, 3),
        ...[0, -1, 1.5, '1', null, 1_000_001].map((quantity) => decrease(id, quantity)),
        ...[-1, 0.5, '1', null].map((available) => set(id, available)),
        post(`/inventory/${id}/decrease`, { quantity: 1, colour: 'red' }),
        post(`/inventory/${id}/decrease`, {}),
        post(`/inventory/${id}/decrease`, [1]),
        post(`/inventory/${id}/decrease`, null),
        post(`/inventory/${id}/decrease`, undefined),
        post(`/inventory/${id}/double`, { quantity: 1 }),
        post(`/inventory/a%20b/decrease`, { quantity: 1 }),
        post(`/inventory/${'x'.repeat(65)}/decrease`, { quantity: 1 }),
        get(`/inventory/${id}?colour=red`),
        get(`/inventory/${id}`),
      ];
    },
  },
];
