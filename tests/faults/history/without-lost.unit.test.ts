import { describe, expect, it } from '@jest/globals';
import type { Command, Operation } from './operation.js';
import { type Restore, withoutLost } from './without-lost.js';

const everyBucket = new Set(Array.from({ length: 100 }, (_, index) => index + 1));

/** Copied from 100 to 200, put back from 500 to 600, noticed at 700, and mended at 800. */
const restore: Restore = {
  copied: { from: 100, until: 200 },
  restored: { from: 500, until: 600 },
  owned: everyBucket,
  noticed: 700,
  over: 800,
};

const write: Command = { kind: 'decrease', productId: 'p', quantity: 1 };
const read: Command = { kind: 'read', productId: 'p' };

/** @param times of the attempts, each with its beginning and its end */
function operation(command: Command, ...times: [number, number][]): Operation {
  const attempts = times.map(([startedAt, endedAt]) => {
    return { startedAt, endedAt, status: 200, problem: undefined, servedBy: 'monolith' };
  });
  return { client: 1, key: 'k', command, attempts, answer: { status: 200, body: {} } };
}

const isLeft = (one: Operation, kept: readonly string[] = [], changed: Partial<Restore> = {}): boolean =>
  withoutLost([one], { ...restore, ...changed }, new Map(kept.map((key) => [key, 200]))).length === 1;

describe('a history of which a restored database has lost a part', () => {
  it('keeps writes that were answered before the copy, or asked for after the restore, whatever is found of them', () => {
    expect(isLeft(operation(write, [10, 90]))).toBe(true);
    expect(isLeft(operation(write, [601, 650]))).toBe(true);
    expect(isLeft(operation(write, [300, 550], [601, 650]))).toBe(true);
  });

  it('has lost writes between the two, even if one is found again', () => {
    expect(isLeft(operation(write, [201, 250]))).toBe(false);
    expect(isLeft(operation(write, [201, 250]), ['k'])).toBe(false);
  });

  it.each([
    ['the copy', operation(write, [90, 210])],
    ['the copy, tried again after it', operation(write, [90, 120], [220, 240])],
    ['the restore', operation(write, [490, 510])],
  ])('has a write that was under way at %s if its key is there', (_what, one) => {
    expect([isLeft(one), isLeft(one, ['k'])]).toEqual([false, true]);
  });

  it('has every write of what the service owns', () => {
    expect(isLeft(operation(write, [201, 250]), [], { owned: new Set() })).toBe(true);
  });

  it('has no reads that may have seen what was lost', () => {
    expect(
      [
        [10, 90],
        [110, 120],
        [650, 690],
        [701, 710],
      ].map(([from = 0, to = 0]) => isLeft(operation(read, [from, to]))),
    ).toEqual([true, false, false, true]);
    const ofService = { owned: new Set<number>() };
    expect(
      [
        [701, 710],
        [801, 810],
      ].map(([from = 0, to = 0]) => isLeft(operation(read, [from, to]), [], ofService)),
    ).toEqual([false, true]);
  });
});
