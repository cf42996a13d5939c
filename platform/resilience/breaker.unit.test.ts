import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Admission, type Breaker, createBreaker } from './breaker.js';

const limits = { consecutive: 5, percent: 50, volume: 20, retryAfter: 1_000 };

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function create() {
  const changes: string[] = [];
  const breaker = createBreaker(limits, Date.now, (state) => changes.push(state));
  return { breaker, changes };
}

function fail(breaker: Breaker, times: number): void {
  for (let n = 0; n < times; n++) breaker.settle('regular', 'failed');
}

describe('a breaker', () => {
  it('lets all through while few fail', () => {
    const { breaker } = create();
    for (let n = 0; n < 100; n++) {
      expect(breaker.admit()).toBe('regular');
      breaker.settle('regular', n % 3 === 0 ? 'failed' : 'succeeded');
    }
    expect(breaker.state).toBe('closed');
  });

  it('opens after failures in a row', () => {
    const { breaker, changes } = create();
    fail(breaker, 4);
    breaker.settle('regular', 'succeeded');
    fail(breaker, 4);
    expect(breaker.admit()).toBe('regular');
    fail(breaker, 1);
    expect(breaker.admit()).toBeUndefined();
    expect(changes).toEqual(['open']);
  });

  it('opens when too large a share fails, once there is enough to tell', () => {
    const { breaker } = create();
    for (let n = 0; n < 9; n++) {
      breaker.settle('regular', 'succeeded');
      breaker.settle('regular', 'failed');
    }
    expect(breaker.state).toBe('closed');
    breaker.settle('regular', 'succeeded');
    breaker.settle('regular', 'failed');
    expect(breaker.state).toBe('open');
  });

  it('forgets failures after ten seconds', () => {
    const { breaker } = create();
    for (let n = 0; n < 9; n++) {
      breaker.settle('regular', 'failed');
      breaker.settle('regular', 'succeeded');
    }
    jest.advanceTimersByTime(11_000);
    for (let n = 0; n < 3; n++) {
      breaker.settle('regular', 'failed');
      breaker.settle('regular', 'succeeded');
    }
    expect(breaker.state).toBe('closed');
  });

  it('lets one request try after a while, and closes when it succeeds', async () => {
    const { breaker, changes } = create();
    fail(breaker, 5);
    jest.advanceTimersByTime(limits.retryAfter);
    expect(breaker.admit()).toBe('probe');
    expect(breaker.admit()).toBeUndefined();
    breaker.settle('probe', 'succeeded');
    await flush();
    expect(breaker.admit()).toBe('regular');
    expect(changes).toEqual(['open', 'half-open', 'closed']);
  });

  it.each(['failed', 'abandoned'] as const)(
    'stays open when the one that tried %s, and tries again',
    async (outcome) => {
      const { breaker } = create();
      fail(breaker, 5);
      for (let round = 0; round < 3; round++) {
        jest.advanceTimersByTime(limits.retryAfter);
        const admission = breaker.admit() as Admission;
        expect(admission).toBe('probe');
        breaker.settle(admission, outcome);
        await flush();
        expect(breaker.admit()).toBeUndefined();
      }
    },
  );

  it('does not take requests from before it opened for the one that tries', async () => {
    const { breaker } = create();
    fail(breaker, 5);
    jest.advanceTimersByTime(limits.retryAfter);
    expect(breaker.admit()).toBe('probe');
    breaker.settle('regular', 'succeeded');
    await flush();
    expect(breaker.state).toBe('half-open');
  });
});

/** Lets promises settle; timers stand still. */
async function flush(): Promise<void> {
  for (let n = 0; n < 10; n++) await Promise.resolve();
}
