import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Keys } from '../routing/key-source.js';
import { trackRecentWrites } from './recent-writes.js';

const allKeys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const limits = { unknownOutcome: 1000, maxKeys: 4 };

describe('recent writes', () => {
  it('hold a key from before its write is sent until the replica has passed its answer', () => {
    const writes = trackRecentWrites(limits);
    writes.applied(50);
    writes.intend('1', ['a'], 100);
    writes.applied(900);
    expect(writes.isHeld('a')).toBe(true);
    expect(writes.isHeld('b')).toBe(false);
    writes.answered('1', ['a'], 950);
    writes.applied(950);
    expect(writes.isHeld('a')).toBe(true);
    writes.applied(951);
    expect(writes.isHeld('a')).toBe(false);
    expect(writes.keysHeld).toBe(0);
  });

  it('hold a key whose write has an unknown outcome until it can no longer happen', () => {
    const writes = trackRecentWrites(limits);
    writes.intend('1', ['a'], 100);
    writes.unknown('1', ['a'], 200);
    writes.applied(1200);
    expect(writes.isHeld('a')).toBe(true);
    writes.applied(1201);
    expect(writes.isHeld('a')).toBe(false);
  });

  it('let go of a key at once when its write was never sent', () => {
    const writes = trackRecentWrites(limits);
    writes.applied(50);
    writes.intend('1', ['a'], 100);
    writes.withdraw('1');
    expect(writes.isHeld('a')).toBe(false);
    expect(writes.keysHeld).toBe(0);
  });

  it('hold every key when more are written than are tracked, and only for the time', () => {
    const writes = trackRecentWrites(limits);
    writes.applied(50);
    writes.intend('1', ['a', 'b', 'c', 'd'], 100);
    expect(writes.allHeld).toBe(false);
    writes.intend('2', ['e'], 100);
    expect(writes.allHeld).toBe(true);
    expect(writes.isHeld('z')).toBe(true);
    writes.answered('2', ['e'], 110);
    writes.answered('1', ['a', 'b', 'c', 'd'], 110);
    writes.applied(111);
    expect(writes.allHeld).toBe(false);
    expect(writes.isHeld('a')).toBe(false);
    expect(writes.keysHeld).toBe(0);
  });

  it('hold keys that only the answer told', () => {
    const writes = trackRecentWrites(limits);
    writes.applied(50);
    writes.intend('1', [], 100);
    writes.answered('1', ['a'], 120);
    expect(writes.isHeld('a')).toBe(true);
    writes.answered('2', 'all', 130);
    expect(writes.isHeld('z')).toBe(true);
  });

  it('forget the intents of a gateway that died, but not before its writes can no longer happen', () => {
    const writes = trackRecentWrites(limits);
    writes.intend('1', ['a'], 100);
    writes.applied(2100);
    expect(writes.isHeld('a')).toBe(true);
    writes.applied(2101);
    expect(writes.isHeld('a')).toBe(false);
  });

  it('tell what a list must wait for: the last write, or now while any is under way', () => {
    const writes = trackRecentWrites(limits);
    expect(writes.mustPass(500)).toBe(Number.NEGATIVE_INFINITY);
    writes.intend('1', ['a'], 100);
    expect(writes.mustPass(500)).toBe(500);
    writes.answered('1', ['a'], 600);
    expect(writes.mustPass(700)).toBe(600);
  });
});

const underWay = Number.POSITIVE_INFINITY;

type Event =
  | { kind: 'intend'; write: string; keys: Keys }
  | { kind: 'answered' | 'unknown' | 'withdraw'; write: string }
  | { kind: 'applied'; lag: number };

const keys = fc.oneof(
  { weight: 9, arbitrary: fc.uniqueArray(fc.constantFrom(...allKeys), { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant('all' as const) },
);
const write = fc.integer({ min: 1, max: 6 }).map(String);
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant('intend' as const), write, keys }),
  fc.record({ kind: fc.constantFrom('answered' as const, 'unknown' as const, 'withdraw' as const), write }),
  fc.record({ kind: fc.constant('applied' as const), lag: fc.integer({ min: 0, max: 300 }) }),
);

describe('recent writes, whatever happens', () => {
  it('never let a key go that the replica may lack, stay within their bound, and let all go in the end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(event, fc.integer({ min: 0, max: 400 })), { maxLength: 80 }),
        (events) => {
          const writes = trackRecentWrites(limits);
          let model: { write: string; keys: Keys; at: number; until: number }[] = [];
          const openAs = (name: string) =>
            model.find(({ write, until }) => write === name && until === underWay);
          let now = 0;
          let applied = Number.NEGATIVE_INFINITY;
          for (const [step, pause] of events) {
            now += pause;
            if (step.kind === 'applied') {
              applied = Math.max(applied, now - step.lag);
              writes.applied(applied);
            } else {
              const open = openAs(step.write);
              if (step.kind === 'intend' && !open) {
                model.push({ write: step.write, keys: step.keys, at: now, until: underWay });
                writes.intend(step.write, step.keys, now);
              } else if (open && step.kind === 'withdraw') {
                writes.withdraw(step.write);
                model = model.filter((one) => one !== open);
              } else if (open && (step.kind === 'answered' || step.kind === 'unknown')) {
                writes[step.kind](step.write, open.keys, now);
                open.until = step.kind === 'answered' ? now : now + limits.unknownOutcome;
              }
            }
            const orphaned = ({ at, until }: (typeof model)[number]) =>
              until === underWay && at + 2 * limits.unknownOutcome < applied;
            model = model.filter((one) => !orphaned(one));
            for (const key of allKeys) {
              const needed = model.some(
                ({ keys, until }) => (keys === 'all' || keys.includes(key)) && until >= applied,
              );
              if (needed && !writes.isHeld(key))
                throw new Error(`${key} is not held although the replica may lack it`);
            }
            if (writes.keysHeld > limits.maxKeys) throw new Error(`${writes.keysHeld} keys are tracked`);
          }
          writes.applied(now + 10 * limits.unknownOutcome);
          expect(writes.keysHeld).toBe(0);
          expect(allKeys.filter((key) => writes.isHeld(key))).toEqual([]);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
