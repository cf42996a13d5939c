import { describe, expect, it } from '@jest/globals';
import { waitUntilReady } from './wait-until-ready.js';

const never = new AbortController().signal;
const longTime = 3_600_000;
const notYet = () => Promise.reject(new Error('connection refused'));

/** Processor time of a program that has worked all the time since it was last asked. */
function worksOn() {
  let looks = 0;
  return { looks: () => looks, time: () => (looks += 1) * 60_000 };
}

describe('a process that is not ready within the limit for an idle one', () => {
  it('is waited for while it works', async () => {
    const work = worksOn();
    const readyLater = () => (work.looks() < 5 ? notYet() : Promise.resolve());
    await waitUntilReady(readyLater, { idleFor: 20, atMost: longTime }, work.time, never);
    expect(work.looks()).toBe(5);
  });

  it('is given up, with the last reason, when it does next to nothing', async () => {
    const waiting = waitUntilReady(notYet, { idleFor: 20, atMost: longTime }, () => 4_711, never);
    await expect(waiting).rejects.toThrow(
      /^not ready after \d+ s, and does next to nothing: connection refused$/,
    );
  });

  it('is given up when it has worked before, but does so no longer', async () => {
    let looks = 0;
    const worksTwice = () => Math.min((looks += 1), 3) * 60_000;
    const waiting = waitUntilReady(notYet, { idleFor: 20, atMost: longTime }, worksTwice, never);
    await expect(waiting).rejects.toThrow('does next to nothing');
    expect(looks).toBe(4);
  });

  it('is given up in the end, though it works: a loop without an end works too', async () => {
    const waiting = waitUntilReady(notYet, { idleFor: longTime, atMost: 20 }, worksOn().time, never);
    await expect(waiting).rejects.toThrow(/^not ready after \d+ s, though it works: connection refused$/);
  });
});

it('ends the waiting when the process has died', async () => {
  const died = new AbortController();
  const waiting = waitUntilReady(
    () => {
      died.abort(new Error('it died'));
      return notYet();
    },
    { idleFor: longTime, atMost: longTime },
    () => 0,
    died.signal,
  );
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});
