import { describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { runInLanes } from './run-in-lanes.js';

interface Step {
  lane: string;
  number: number;
  turns: number;
}

async function* each(steps: readonly Step[]): AsyncGenerator<Step> {
  for (const step of steps) yield step;
}

const someSteps = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(5)), { maxLength: 60 })
  .map((list) => list.map(([lane, turns], number) => ({ lane, turns, number })));

describe('steps in lanes', () => {
  it('run each once, in order within their lane, never more at once than there are workers', async () => {
    await fc.assert(
      fc.asyncProperty(someSteps, fc.integer({ min: 1, max: 5 }), async (steps, workers) => {
        const ended: Step[] = [];
        const busy = new Set<number>();
        const lanes = new Set<string>();
        await runInLanes({
          steps: each(steps),
          laneOf: ({ lane }) => lane,
          workers,
          run: async (step, worker) => {
            expect(busy.has(worker) || lanes.has(step.lane) || worker >= workers).toBe(false);
            busy.add(worker);
            lanes.add(step.lane);
            for (let count = 0; count < step.turns; count += 1) await turn();
            ended.push(step);
            busy.delete(worker);
            lanes.delete(step.lane);
          },
        });
        expect(ended).toHaveLength(steps.length);
        for (const name of ['a', 'b', 'c', 'd']) {
          const inLane = (list: Step[]) => list.filter(({ lane }) => lane === name);
          expect(inLane(ended)).toEqual(inLane(steps));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('run at once when they are of different lanes', async () => {
    let running = 0;
    let most = 0;
    const steps = Array.from({ length: 20 }, (_, number) => ({ lane: `${number}`, number, turns: 0 }));
    const run = async () => {
      most = Math.max(most, (running += 1));
      await turn();
      running -= 1;
    };
    await runInLanes({ steps: each(steps), laneOf: ({ lane }) => lane, workers: 4, run });
    expect(most).toBe(4);
  });

  it('take only few steps in advance', async () => {
    let taken = 0;
    let most = 0;
    let done = 0;
    async function* many() {
      for (; taken < 1_000; taken += 1) yield { lane: `${taken}`, number: taken, turns: 0 };
    }
    const run = async () => {
      most = Math.max(most, taken - done);
      await turn();
      done += 1;
    };
    await runInLanes({ steps: many(), laneOf: ({ lane }) => lane, workers: 2, run });
    expect(done).toBe(1_000);
    expect(most).toBeLessThanOrEqual(2 + 8 + 2);
  });

  it('end early, after those under way, when they are told to', async () => {
    const ending = new AbortController();
    const ended: number[] = [];
    const steps = Array.from({ length: 50 }, (_, number) => ({ lane: `${number % 7}`, number, turns: 1 }));
    await runInLanes({
      steps: each(steps),
      laneOf: ({ lane }) => lane,
      workers: 3,
      signal: ending.signal,
      run: async ({ number }) => {
        if (number === 10) ending.abort();
        await turn();
        ended.push(number);
      },
    });
    expect(ended).toContain(10);
    expect(ended.length).toBeLessThan(20);
  });

  it('fail as a whole when one fails, or what they come from', async () => {
    const broken = async function* (): AsyncGenerator<Step> {
      yield { lane: 'a', number: 1, turns: 0 };
      throw new Error('source');
    };
    const run = { laneOf: ({ lane }: Step) => lane, workers: 2 };
    await expect(runInLanes({ ...run, steps: broken(), run: () => turn() })).rejects.toThrow('source');
    const steps = Array.from({ length: 100 }, (_, number) => ({ lane: `${number}`, number, turns: 0 }));
    const failing = async ({ number }: Step) => {
      if (number === 5) throw new Error('step');
    };
    await expect(runInLanes({ ...run, steps: each(steps), run: failing })).rejects.toThrow('step');
  });
});
