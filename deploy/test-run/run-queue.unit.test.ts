import { describe, expect, it } from '@jest/globals';
import type { TestRun } from './plan/plan-runs.js';
import { runQueue } from './run-queue.js';

const shop = (name: string): TestRun => ({ name, project: 'e2e', jestArgs: [], startsShop: true });
const other = (name: string): TestRun => ({ name, project: 'integration', jestArgs: [] });
const others = (count: number) => Array.from({ length: count }, (_, index) => other(`other ${index + 1}`));

/** So many lanes that ask for a run, and the names of those that have got one. */
function lanes(queue: ReturnType<typeof runQueue>, count: number) {
  const got: TestRun[] = [];
  const asking = Array.from({ length: count }, async () => {
    const run = await queue.take();
    if (run) got.push(run);
  });
  return { names: () => got.map(({ name }) => name), got, all: Promise.all(asking) };
}

const aMoment = () => new Promise((resolve) => setImmediate(resolve));

describe('the queue of test runs', () => {
  it('begins with a shop, and lets beside it only what there is room for', async () => {
    const queue = runQueue([...others(9), shop('one'), shop('two')], 1, 5);
    const asked = lanes(queue, 6);
    await aMoment();
    expect(asked.names()).toEqual(['one', 'other 1', 'other 2']);
  });

  it('takes the next shop once the one before has ended, before others that wait', async () => {
    const queue = runQueue([shop('one'), shop('two'), ...others(9)], 1, 5);
    const asked = lanes(queue, 5);
    await aMoment();
    queue.done(asked.got[0]!);
    await aMoment();
    expect(asked.names()).toEqual(['one', 'other 1', 'other 2', 'two']);
  });

  it('fills the room of shops with others when no shop is left', async () => {
    const queue = runQueue([shop('one'), ...others(9)], 1, 5);
    const asked = lanes(queue, 9);
    await aMoment();
    queue.done(asked.got[0]!);
    await aMoment();
    expect(asked.names()).toHaveLength(1 + 5);
  });

  it('has shops side by side when nothing else is left', async () => {
    const queue = runQueue([shop('one'), shop('two'), shop('three')], 1, 6);
    const asked = lanes(queue, 3);
    await aMoment();
    expect(asked.names()).toEqual(['one', 'two']);
  });

  it('always has room for one run, and is empty for those who waited for the last', async () => {
    const queue = runQueue([shop('one')], 1, 1);
    const asked = lanes(queue, 2);
    await asked.all;
    expect(asked.names()).toEqual(['one']);
    expect(await queue.take()).toBeUndefined();
  });
});
