import { describe, expect, it } from '@jest/globals';
import type { TestRun } from './plan-runs.js';
import { runQueue } from './run-queue.js';

const shop = (name: string): TestRun => ({ name, project: 'e2e', jestArgs: [], startsShop: true });
const other = (name: string): TestRun => ({ name, project: 'integration', jestArgs: [] });

describe('the queue of test runs', () => {
  it('begins with a shop, and has no second one beside it while there is something else', () => {
    const queue = runQueue([shop('one'), shop('two'), other('three')], 1);
    expect([queue.take(), queue.take()].map((run) => run?.name)).toEqual(['one', 'three']);
  });

  it('takes the next shop once the one before has ended', () => {
    const queue = runQueue([shop('one'), shop('two'), other('three'), other('four')], 1);
    const first = queue.take()!;
    queue.take();
    queue.done(first);
    expect(queue.take()?.name).toBe('two');
  });

  it('has shops side by side when nothing else is left, and then is empty', () => {
    const queue = runQueue([shop('one'), shop('two')], 1);
    expect([queue.take(), queue.take(), queue.take()].map((run) => run?.name)).toEqual([
      'one',
      'two',
      undefined,
    ]);
  });
});
