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

  it('lets one request try after a while, and closes when it succeeds', () => {
    const { breaker, changes } = create();
    fail(breaker, 5);
    jest.advanceTimersByTime(limits.retryAfter);
    expect(breaker.admit()).toBe('probe');
    expect(breaker.admit()).toBeUndefined();
    breaker.settle('probe', 'succeeded');
    expect(breaker.admit()).toBe('regular');
    expect(changes).toEqual(['open', 'half-open', 'closed']);
  });

  it.each(['probe', 'slow'] as const)(
    'stays open when the one that tried failed, and tries again: %s',
    (kind) => {
      const { breaker } = create();
      fail(breaker, 5);
      for (let round = 0; round < 3; round++) {
        jest.advanceTimersByTime(limits.retryAfter);
        const admission = breaker.admit(kind === 'slow') as Admission;
        expect(admission).toBe(kind);
        breaker.settle(admission, 'failed');
        expect([breaker.admit(), breaker.admit(true)]).toEqual([undefined, undefined]);
      }
    },
  );

  it('learns nothing from one whose client left: the next one tries at once', () => {
    const { breaker, changes } = create();
    fail(breaker, 5);
    jest.advanceTimersByTime(limits.retryAfter);
    for (let round = 0; round < 3; round++) {
      expect([breaker.admit(), breaker.admit()]).toEqual(['probe', undefined]);
      breaker.settle('probe', 'abandoned');
    }
    expect(breaker.admit()).toBe('probe');
    breaker.settle('probe', 'succeeded');
    expect(changes).toEqual(['open', 'half-open', 'closed']);
  });

  it('lets another one try when the first does not come to an end', () => {
    const { breaker } = create();
    fail(breaker, 5);
    jest.advanceTimersByTime(limits.retryAfter);
    expect(breaker.admit()).toBe('probe');
    jest.advanceTimersByTime(limits.retryAfter - 1);
    expect(breaker.admit()).toBeUndefined();
    jest.advanceTimersByTime(1);
    expect(breaker.admit()).toBe('probe');
    breaker.settle('probe', 'succeeded');
    // The first one fails at last: that was sent before it closed.
    breaker.settle('probe', 'failed');
    expect(breaker.state).toBe('closed');
  });

  it('lets a slow request through beside the one that tries, which waits for no such', () => {
    const { breaker } = create();
    fail(breaker, 5);
    expect(breaker.admit(true)).toBeUndefined();
    jest.advanceTimersByTime(limits.retryAfter);
    expect([breaker.admit(true), breaker.admit(true)]).toEqual(['slow', undefined]);
    expect([breaker.admit(), breaker.admit()]).toEqual(['probe', undefined]);
    breaker.settle('slow', 'abandoned');
    breaker.settle('probe', 'succeeded');
    expect(breaker.admit(true)).toBe('regular');
  });

  it('does not take requests from before it opened for the one that tries', () => {
    const { breaker } = create();
    fail(breaker, 5);
    jest.advanceTimersByTime(limits.retryAfter);
    expect(breaker.admit()).toBe('probe');
    breaker.settle('regular', 'succeeded');
    expect(breaker.state).toBe('half-open');
  });
});
