import { describe, expect, it } from '@jest/globals';
import { watchStock } from './stock-watch.js';

describe('a stock that is read', () => {
  it('is stale when it does not hold what the same client has written', () => {
    const watch = watchStock(1);
    watch.beforeWrite(0, ['a'])();
    expect(watch.beforeRead(0, 'a')(1)).toBe('stale');
    expect(watch.beforeRead(0, 'a')(2)).toBe('fresh');
    expect(watch.beforeRead(0, 'b')(1)).toBe('fresh');
  });

  it('is stale when the same client has seen a later one', () => {
    const watch = watchStock(1);
    expect(watch.beforeRead(0, 'a')(7)).toBe('fresh');
    expect(watch.beforeRead(0, 'a')(6)).toBe('stale');
  });

  it('is behind when only another client has seen or written a later one', () => {
    const watch = watchStock(3);
    watch.beforeRead(0, 'a')(7);
    watch.beforeWrite(2, ['b'])();
    expect(watch.beforeRead(1, 'a')(6)).toBe('behind');
    expect(watch.beforeRead(1, 'b')(1)).toBe('behind');
  });

  it('must hold the own write on top of what others had seen before it', () => {
    const watch = watchStock(2);
    watch.beforeRead(0, 'a')(7);
    watch.beforeWrite(1, ['a'])();
    expect(watch.beforeRead(1, 'a')(7)).toBe('stale');
    expect(watch.beforeRead(1, 'a')(8)).toBe('fresh');
  });

  it('is judged by what was known when the read was sent', () => {
    const watch = watchStock(2);
    const judge = watch.beforeRead(0, 'a');
    watch.beforeRead(1, 'a')(9);
    expect(judge(8)).toBe('fresh');
  });

  it('is not expected to hold a write twice that another client has read in between', () => {
    const watch = watchStock(2);
    const acknowledge = watch.beforeWrite(0, ['a']);
    watch.beforeRead(1, 'a')(2);
    acknowledge();
    expect(watch.beforeRead(0, 'a')(2)).toBe('fresh');
  });
});
