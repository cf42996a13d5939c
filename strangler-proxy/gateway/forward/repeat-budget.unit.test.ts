import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRepeatBudget } from './repeat-budget.js';

describe('a budget of repeats', () => {
  it('lets at most one request in ten be sent again, beside a few at first and one in two seconds', () => {
    const step = fc.record({
      requests: fc.nat({ max: 300 }),
      wanted: fc.nat({ max: 300 }),
      pause: fc.nat({ max: 9_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        let now = 0;
        let [requests, repeats] = [0, 0];
        const budget = createRepeatBudget(() => now);
        for (const { requests: more, wanted, pause } of steps) {
          for (let n = 0; n < more; n++) budget.first();
          for (let n = 0; n < wanted; n++) repeats += budget.take() ? 1 : 0;
          requests += more;
          expect(repeats).toBeLessThanOrEqual(10 + requests / 10 + now / 2_000 + 1e-6);
          now += pause;
        }
      }),
    );
  });

  it('repeats the first request of all, and goes on where there are few', () => {
    let now = 0;
    const budget = createRepeatBudget(() => now);
    for (let n = 0; n < 10; n++) expect(budget.take()).toBe(true);
    expect(budget.take()).toBe(false);
    now += 2_000;
    expect([budget.take(), budget.take()]).toEqual([true, false]);
  });
});
