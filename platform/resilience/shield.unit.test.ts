import { describe, expect, it } from '@jest/globals';
import { createShield } from './shield.js';

const limits = {
  ...{ concurrent: 2, queue: 1, wait: 20 },
  breaker: { consecutive: 2, percent: 100, volume: 1_000, retryAfter: 20 },
};
const well = () => Promise.resolve('well');
const fine = () => 'succeeded' as const;
const broken = () => 'failed' as const;

describe('a shield', () => {
  it('passes calls on, and their errors', async () => {
    const shield = createShield(limits);
    expect(await shield.run(well, fine)).toBe('well');
    await expect(shield.run(() => Promise.reject(new Error('no')), fine)).rejects.toThrow('no');
    shield.close();
  });

  it('makes no call once several have failed, until one has gone well again', async () => {
    const shield = createShield(limits);
    for (let call = 0; call < 2; call += 1) await shield.run(well, broken);
    expect(shield.figures().state).toBe('open');
    expect(await shield.run(well, fine)).toBeUndefined();
    while (shield.figures().state === 'open') await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await shield.run(well, fine)).toBe('well');
    expect(shield.figures().state).toBe('closed');
    shield.close();
  });

  it('lets few calls wait for others to end, and those not for long', async () => {
    const shield = createShield(limits);
    let end = () => {};
    const slow = () => new Promise<string>((resolve) => (end = () => resolve('slow')));
    void shield.run(slow, fine);
    const endFirst = end;
    const second = shield.run(slow, fine);
    const third = shield.run(well, fine);
    expect(await shield.run(well, fine)).toBeUndefined();
    expect(await third).toBeUndefined();
    await Promise.resolve();
    endFirst();
    end();
    expect(await second).toBe('slow');
    shield.close();
  });
});
