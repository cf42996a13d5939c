import { describe, expect, it } from '@jest/globals';
import { createBell } from './bell.js';

const never = new AbortController().signal;
const day = 86_400_000;

/** Whether a promise has resolved by now. */
async function isOver(promise: Promise<unknown>): Promise<boolean> {
  let over = false;
  void promise.then(() => (over = true));
  await new Promise(setImmediate);
  return over;
}

describe('who waits for a bell', () => {
  it('is woken by it, together with all others', async () => {
    const bell = createBell();
    const waiting = [bell.wait(day, never), bell.wait(day, never)];
    expect(await isOver(Promise.any(waiting))).toBe(false);
    bell.ring();
    expect(await isOver(Promise.all(waiting))).toBe(true);
  });

  it('does not wait if it rang since the last wait, but only once', async () => {
    const bell = createBell();
    bell.ring();
    bell.ring();
    expect(await isOver(bell.wait(day, never))).toBe(true);
    const ending = new AbortController();
    const second = bell.wait(day, ending.signal);
    expect(await isOver(second)).toBe(false);
    ending.abort();
    expect(await isOver(second)).toBe(true);
  });

  it('waits no longer than its time', async () => {
    await expect(createBell().wait(1, never)).resolves.toBeUndefined();
  });
});
