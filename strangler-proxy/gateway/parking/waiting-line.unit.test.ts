import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Side } from '#contracts/strangler/move.js';
import type { BucketOwner } from '#contracts/strangler/ownership.js';
import { createWaitingLine, type Waiting } from './waiting-line.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const pause = 100;

function lineOfOne() {
  let now: BucketOwner = { owner: undefined, last: 'monolith', epoch: 2 };
  const line = createWaitingLine(
    () => now,
    () => pause,
  );
  const sent: string[] = [];
  const write = (arrival: number): Waiting => ({
    arrival,
    send: (side) => void sent.push(`${arrival} ${side}`),
  });
  const own = (owner: Side | undefined, epoch: number) => {
    now = { owner, last: owner ?? now.last, epoch };
    line.ownerChanged();
  };
  return { line, sent, write, own };
}

describe('writes that wait for an owner', () => {
  it('are all sent to it once it is known, in the order in which they came', () => {
    const { line, sent, write, own } = lineOfOne();
    for (const arrival of [2, 1, 4, 3]) line.join(write(arrival));
    expect(line.busy).toBe(true);
    own('service', 2);
    expect(sent).toEqual(['1 service', '2 service', '3 service', '4 service']);
    expect(line.busy).toBe(false);
  });

  it('find it by the first of them alone, which asks one side and the other', () => {
    const { line, sent, write } = lineOfOne();
    const first = write(1);
    line.join(first);
    line.join(write(2));
    jest.advanceTimersByTime(pause);
    expect(sent).toEqual(['1 service']);
    jest.advanceTimersByTime(10 * pause);
    expect(sent).toHaveLength(1);
    line.join(first, 'service');
    jest.advanceTimersByTime(pause);
    expect(sent).toEqual(['1 service', '1 monolith']);
  });

  it('follow a first one that was not refused, one after the other, without a pause', () => {
    const { line, sent, write } = lineOfOne();
    const [first, second] = [write(1), write(2)];
    for (const one of [first, second, write(3)]) line.join(one);
    jest.advanceTimersByTime(pause);
    line.settled(first, 'service');
    line.settled(second, 'service');
    expect(sent).toEqual(['1 service', '2 service', '3 service']);
  });

  it('go on when the first one gets no answer, or its client leaves', () => {
    const { line, sent, write } = lineOfOne();
    const [first, second] = [write(1), write(2)];
    for (const one of [first, second, write(3)]) line.join(one);
    jest.advanceTimersByTime(pause);
    line.settled(first, undefined);
    jest.advanceTimersByTime(pause);
    line.leave(second);
    jest.advanceTimersByTime(pause);
    expect(sent).toEqual(['1 service', '2 monolith', '3 service']);
  });

  it('are not sent once they have left', () => {
    const { line, sent, write, own } = lineOfOne();
    const one = write(1);
    line.join(one);
    line.leave(one);
    own('service', 2);
    jest.advanceTimersByTime(10 * pause);
    expect(sent).toEqual([]);
    expect(line.busy).toBe(false);
  });

  it('that the named owner refuses are not sent to it again at once, and then to the other side too', () => {
    const { line, sent, write, own } = lineOfOne();
    own('service', 2);
    const one = write(1);
    line.join(one, 'service');
    expect(sent).toEqual([]);
    jest.advanceTimersByTime(pause);
    line.join(one, 'service');
    jest.advanceTimersByTime(pause);
    expect(sent).toEqual(['1 service', '1 monolith']);
    line.join(one, 'monolith');
    own('service', 4);
    expect(sent.at(-1)).toBe('1 service');
  });
});
