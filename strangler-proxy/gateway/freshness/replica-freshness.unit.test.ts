import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { HeldBackReason } from '#contracts/strangler/gateway-status.js';
import type { Patience } from './freshness.js';
import { trackRecentWrites } from './recent-writes.js';
import { beatEvery, followReplica } from './replica-freshness.js';

const limits = {
  maxStaleness: 3_000,
  clockSkewAllowance: 50,
  listWait: 300,
  mixedListWait: 5_000,
  unknownOutcome: 60_000,
  maxKeys: 1000,
};
const start = 1_000_000;

beforeEach(() => void jest.useFakeTimers({ now: start }));
afterEach(() => void jest.useRealTimers());

function follow() {
  const writes = trackRecentWrites(limits);
  const replica = followReplica(limits, writes, Date.now);
  const list = (upTo: Patience['upTo'] = 'all') => {
    const answers: (HeldBackReason | undefined)[] = [];
    const cancel = replica.whenCaughtUp(
      { wait: limits.listWait, upTo },
      (reason) => void answers.push(reason),
    );
    return { answers, cancel };
  };
  /** Joined long ago, and all applied but the last `lag` milliseconds. */
  const settle = (lag = 60) => {
    replica.rejoin();
    jest.advanceTimersByTime(2 * beatEvery + 500);
    replica.applied(Date.now() - lag);
  };
  return { writes, replica, list, settle };
}

describe('a replica', () => {
  it('is not read before this gateway hears others, nor before it knows what they wrote when it joined', () => {
    const { replica } = follow();
    expect(replica.whyNot('a')).toBe('cut-off');
    replica.rejoin();
    expect(replica.whyNot('a')).toBe('stale');
    replica.applied(Date.now());
    expect(replica.whyNot('a')).toBe('cut-off');
    expect(replica.status().state).toBe('joining');
    jest.advanceTimersByTime(2 * beatEvery);
    replica.applied(Date.now());
    expect(replica.whyNot('a')).toBe('cut-off');
    jest.advanceTimersByTime(limits.clockSkewAllowance + 1);
    replica.applied(Date.now());
    expect(replica.whyNot('a')).toBeUndefined();
    expect(replica.status()).toMatchObject({ state: 'fresh', lagMs: 0, keysHeld: 0, allKeysHeld: false });
  });

  it('is not read for a key that was written, until it has passed the write by more than the clocks may differ', () => {
    const { writes, replica, settle } = follow();
    settle();
    writes.intend('1', ['a'], Date.now());
    expect(replica.whyNot('a')).toBe('written');
    expect(replica.whyNot('b')).toBeUndefined();
    writes.answered('1', ['a'], Date.now());
    const answeredAt = Date.now();
    jest.advanceTimersByTime(200);
    replica.applied(answeredAt + limits.clockSkewAllowance);
    expect(replica.whyNot('a')).toBe('written');
    replica.applied(answeredAt + limits.clockSkewAllowance + 1);
    expect(replica.whyNot('a')).toBeUndefined();
  });

  it('is not read for a key that can not be read from the path', () => {
    const { replica, settle } = follow();
    settle();
    expect(replica.whyNot(undefined)).toBe('written');
  });

  it('is not read once nothing has been heard of it for too long, or what is heard is too old', () => {
    const { replica, settle } = follow();
    settle();
    jest.advanceTimersByTime(limits.maxStaleness + 1);
    expect(replica.whyNot('a')).toBe('stale');
    replica.applied(Date.now() - limits.maxStaleness - 1);
    expect(replica.whyNot('a')).toBe('stale');
    replica.applied(Date.now() - 100);
    expect(replica.whyNot('a')).toBeUndefined();
  });

  it('is not read while this gateway is cut off', () => {
    const { replica, settle } = follow();
    settle();
    replica.cutOff();
    expect(replica.whyNot('a')).toBe('cut-off');
    expect(replica.status().state).toBe('cut-off');
  });

  it('makes up for a clock here that is behind the one of its sidecar', () => {
    const { writes, replica, settle } = follow();
    settle();
    writes.intend('1', ['a'], Date.now());
    writes.answered('1', ['a'], Date.now());
    // Their clock is ten seconds ahead: their "later" may well have been before our write.
    replica.applied(Date.now() + 10_000);
    expect(replica.whyNot('a')).toBe('written');
  });
});

describe('a list', () => {
  it('is read from the replica at once when it holds all that was written', () => {
    const { list, settle } = follow();
    settle();
    expect(list().answers).toEqual([undefined]);
  });

  it('waits until the replica has passed the last write', () => {
    const { writes, replica, list, settle } = follow();
    settle();
    writes.intend('1', ['a'], Date.now());
    writes.answered('1', ['a'], Date.now());
    const { answers } = list();
    jest.advanceTimersByTime(100);
    replica.applied(Date.now() - 60);
    expect(answers).toEqual([]);
    jest.advanceTimersByTime(100);
    replica.applied(Date.now() - 60);
    expect(answers).toEqual([undefined]);
  });

  it('takes a write under way for one that was answered just now: its own client may have read the answer already', () => {
    const { writes, replica, list, settle } = follow();
    settle();
    writes.intend('1', ['a'], Date.now() - 20);
    const { answers } = list();
    replica.applied(Date.now());
    expect(answers).toEqual([]);
    jest.advanceTimersByTime(100);
    replica.applied(Date.now());
    expect(answers).toEqual([undefined]);
  });

  it('goes to the owner when the replica does not catch up in time', () => {
    const { writes, list, settle } = follow();
    settle();
    writes.answered('1', ['a'], Date.now());
    const { answers } = list();
    jest.advanceTimersByTime(limits.listWait - 1);
    expect(answers).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(answers).toEqual(['waited']);
  });

  it('does not wait for what can not come in time', () => {
    const { writes, list, settle } = follow();
    settle();
    writes.unknown('1', ['a'], Date.now());
    expect(list().answers).toEqual(['written']);
  });

  it('waits for what was answered alone where it is told to: what may still happen is not waited for', () => {
    const { writes, replica, list, settle } = follow();
    settle();
    writes.unknown('1', ['a'], Date.now());
    jest.advanceTimersByTime(10);
    writes.answered('2', ['b'], Date.now());
    const { answers } = list('answered');
    replica.applied(Date.now());
    expect(answers).toEqual([]);
    jest.advanceTimersByTime(100);
    replica.applied(Date.now());
    expect(answers).toEqual([undefined]);
    expect(list('all').answers).toEqual(['written']);
  });

  it('holds what was committed before an outcome was found to be unknown', () => {
    const { writes, replica, list, settle } = follow();
    settle();
    writes.unknown('1', ['a'], Date.now());
    const { answers } = list('answered');
    expect(answers).toEqual([]);
    jest.advanceTimersByTime(100);
    replica.applied(Date.now());
    expect(answers).toEqual([undefined]);
  });

  it('goes to the owner when this gateway is cut off while it waits', () => {
    const { writes, replica, list, settle } = follow();
    settle();
    writes.answered('1', ['a'], Date.now());
    const { answers } = list();
    replica.cutOff();
    expect(answers).toEqual(['cut-off']);
  });

  it('is not answered once nobody waits for it', () => {
    const { writes, list, settle } = follow();
    settle();
    writes.answered('1', ['a'], Date.now());
    const { answers, cancel } = list();
    cancel();
    jest.advanceTimersByTime(1_000);
    expect(answers).toEqual([]);
  });
});
