import type { Scenario } from '../support/command.js';
import { get, put } from './shop-commands.js';

const price = (amount: unknown, currency: unknown = 'GBP') => ({ amount, currency });

export const catalogueScenarios: readonly Scenario[] = [
  {
    name: 'products are created, changed and read',
    commands: (own) => {
      const path = `/products/${own('lamp')}`;
      return [
        get(path),
        put(path, { name: 'Lamp', price: price(1299) }),
        put(path, { name: ' Lamp ', price: price(1299) }),
        put(path, { name: 'Lampe', price: price(1500, 'EUR') }, { ifMatch: '"2"' }),
        put(path, { name: 'Lost', price: price(1) }, { ifMatch: '"2"' }),
        put(path, { name: 'Once', price: price(2) }, { key: own('once') }),
        put(path, { name: 'Once', price: price(2) }, { key: own('once') }),
        put(path, { name: 'Twice', price: price(2) }, { key: own('once') }),
        get(path),
        put(`/products/${own('new')}`, { name: 'New', price: price(0) }, { ifMatch: '"1"' }),
        put(`/products/${own('Lamp')}`, { name: 'Another, by its case', price: price(1) }),
        get(path),
      ];
    },
  },
  {
    name: 'prices have their limits',
    commands: (own) => {
      const path = `/products/${own('price')}`;
      const priced = (...money: Parameters<typeof price>) => put(path, { name: 'P', price: price(...money) });
      return [
        priced(-1),
        priced(0),
        priced(1.5),
        priced('100'),
        priced(100_000_000_000),
        priced(100_000_000_001),
        priced(9_007_199_254_740_993),
        priced(1, 'gbp'),
        priced(1, 'POUND'),
        priced(1, null),
        put(path, { name: 'P', price: { amount: 1 } }),
        put(path, { name: 'P', price: { ...price(1), vat: 20 } }),
        put(path, { name: '', price: price(1) }),
        put(path, { name: '  ', price: price(1) }),
        put(path, { name: 'x'.repeat(255), price: price(1) }),
        put(path, { name: 'x'.repeat(256), price: price(1) }),
        put(path, { name: 'Tea 🍵 ü', price: price(1) }),
        put(path, {}),
        get(path),
      ];
    },
  },
];
