import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { carryOn } from './carry-on.js';
import {
  type CallFate,
  Crash,
  simulateWorld,
  type StepPlan,
  type WriteFate,
} from './test/simulated-world.js';

const plan: fc.Arbitrary<StepPlan> = fc.record({
  local: fc.boolean(),
  asks: fc.boolean(),
  compensates: fc.boolean(),
  patient: fc.boolean(),
});
const callFate = fc.constantFrom<CallFate>(
  ...(['answered', 'refused', 'undelivered', 'lost', 'answer-lost', 'late'] as const),
  ...(['stalled-before', 'stalled-after', 'elsewhere', 'elsewhere'] as const),
);
const writeFate = fc.constantFrom<WriteFate>('written', 'written', 'crash-before', 'crash-after');

const scenario = fc.record({
  plans: fc.array(plan, { minLength: 1, maxLength: 5 }),
  pivot: fc.nat({ max: 5 }),
  calls: fc.array(callFate, { maxLength: 12 }),
  writes: fc.array(writeFate, { maxLength: 12 }),
  deliveries: fc.array(fc.boolean(), { maxLength: 20 }),
});

const sagaId = 'one';
const mostRounds = 200;

describe('a saga, whatever crashes, fails, comes late or is overtaken', () => {
  it('ends with all of its steps done once, or with none that could be taken back', async () => {
    await fc.assert(fc.asyncProperty(scenario, endsConsistent), { numRuns: 3_000 });
  });
});

async function endsConsistent(planned: typeof scenario extends fc.Arbitrary<infer One> ? One : never) {
  const { plans, pivot, deliveries } = planned;
  const world = simulateWorld(plans, pivot, planned);
  const run = (): Promise<unknown> =>
    carryOn(world.process(), sagaId).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
  world.whenStalled(async () => void (await run()));
  world.begin({
    ...{ sagaId, saga: 'simulated', subject: sagaId, status: 'running', step: 'step 0', calls: 'none' },
    ...{ failures: 0, since: 0, reason: null, lastError: null, data: {}, revision: 1 },
  });
  let round = 0;
  for (; !world.ended(sagaId) && round < mostRounds; round++) {
    await run();
    if (deliveries.shift()) world.deliverLate();
    world.pass(40_000);
  }
  world.deliverLate();
  expect(round).toBeLessThan(mostRounds);
  const { status, subject } = world.find(sagaId);
  expect(subject).toBeNull();
  for (const [index, { done, effects }] of world.participants.entries()) {
    expect(effects).toBeLessThanOrEqual(1);
    if (status === 'done') expect([index, done]).toEqual([index, true]);
    else if (plans[index]!.compensates) expect([index, done]).toEqual([index, false]);
    else if (index === pivot) expect([index, done]).toEqual([index, false]);
  }
}
