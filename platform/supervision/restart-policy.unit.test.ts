import { describe, expect, it } from '@jest/globals';
import { decideRestart } from './restart-policy.js';

describe('deciding when to restart', () => {
  it('starts a process that lived long at once, whatever happened before', () => {
    expect(decideRestart(6, 60_000)).toEqual({ failures: 1, delay: 200 });
  });

  it('doubles the pause with each death in a row', () => {
    const first = decideRestart(0, 100);
    const second = decideRestart(first.failures, 100);
    const third = decideRestart(second.failures, 100);
    expect([first.delay, second.delay, third.delay]).toEqual([200, 400, 800]);
  });

  it('never waits longer than ten seconds', () => {
    expect(decideRestart(50, 0)).toEqual({ failures: 51, delay: 10_000 });
  });
});
