import { describe, expect, it } from '@jest/globals';
import { orderSagas } from './order-sagas.js';
import type { OrderWork } from './order-work.js';

/** Definitions alone: nothing of it is called. */
const sagas = orderSagas({ participants: {} } as OrderWork);

describe.each(sagas.map((saga) => [saga.name, saga] as const))('%s', (_name, { steps }) => {
  it('can be ended by the other side wherever a hand-over meets it', () => {
    const leading = steps.findIndex(({ kind }) => kind === 'remote');
    const stranded = steps.flatMap((step, index) => {
      if (step.kind !== 'local') return [];
      // Leading steps are taken in the request's own transaction, which holds the order.
      const run = index > leading && !step.elsewhere?.run ? [`${step.name}: run`] : [];
      const takesBack = step.compensate && !step.elsewhere?.compensate;
      return [...run, ...(takesBack ? [`${step.name}: compensate`] : [])];
    });
    expect(stranded).toEqual([]);
  });
});
