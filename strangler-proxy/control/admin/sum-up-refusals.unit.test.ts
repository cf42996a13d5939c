import { describe, expect, it } from '@jest/globals';
import { type Refused, strangerAt, sumUpByCaller } from './sum-up-refusals.js';

const refused = (more: Partial<Refused> = {}): Refused => ({
  ...{ who: strangerAt('10.0.0.1'), action: 'POST /one', reason: 'This control plane has no such token' },
  ...more,
});

describe('refusals of a minute', () => {
  it('are told each by itself while they are few and differ', () => {
    const sums = sumUpByCaller();
    expect(sums.add(refused({ who: 'anna (viewer)', capability: 'orders', wanted: 'lunch' }))).toMatchObject({
      ...{ who: 'anna (viewer)', action: 'POST /one', capability: 'orders' },
      ...{
        outcome: 'refused',
        reason: 'lunch',
        after: { refused: expect.stringContaining('no such token') },
      },
    });
    expect(sums.add(refused())).toBeDefined();
    expect(sums.endMinute()).toEqual([]);
    expect(sums.add(refused())).toBeDefined();
  });

  it('are summed up where they repeat, by kind', () => {
    const sums = sumUpByCaller();
    const told = Array.from({ length: 100 }, () => sums.add(refused())).filter(Boolean);
    expect(told).toHaveLength(1);
    expect(sums.endMinute()).toMatchObject([
      {
        who: 'unknown caller (10.0.0.1)',
        reason: '99 further attempts were refused',
        after: { count: 99, kinds: [{ action: 'POST /one', count: 99 }], others: 0 },
      },
    ]);
  });

  it('cost one entry a minute for as long as an attack lasts, whatever it sends', () => {
    const sums = sumUpByCaller();
    const minute = (): number => {
      let entries = 0;
      for (let path = 0; path < 1_000; path += 1)
        if (sums.add(refused({ action: `POST /${path}` }))) entries += 1;
      return entries + sums.endMinute().length;
    };
    expect([minute(), minute(), minute()]).toEqual([6, 1, 1]);
    expect(sums.endMinute()).toEqual([]);
    expect(sums.add(refused())).toBeDefined();
  });

  const flooders = ['anna (operator)', 'ben (viewer)', strangerAt('10.0.0.2')];

  it.each(flooders)('of one caller are told, however much another one sends: %s', (flooder) => {
    const sums = sumUpByCaller();
    const flood = () => {
      for (let path = 0; path < 1_000; path += 1)
        sums.add(refused({ who: flooder, action: `POST /${path}` }));
    };
    for (let minutes = 0; minutes < 3; minutes += 1) {
      flood();
      for (const who of [
        ...flooders.filter((one) => one !== flooder),
        'carl (admin)',
        strangerAt('10.0.0.3'),
      ])
        expect(sums.add(refused({ who, action: 'resume' }))).toMatchObject({ who, action: 'resume' });
      flood();
      expect(sums.endMinute().map(({ who }) => who)).toEqual([flooder]);
    }
  });

  it('cost few entries, however many addresses they come from, and count all', () => {
    const sums = sumUpByCaller();
    const minute = () => {
      const told = Array.from({ length: 5_000 }, (_, index) =>
        sums.add(
          refused({ who: strangerAt(`address ${index % 500}`), action: `POST /${index}`.repeat(100) }),
        ),
      ).filter(Boolean).length;
      return { told, ended: sums.endMinute() };
    };
    const first = minute();
    expect(first.told).toBeLessThanOrEqual(11 * 5);
    expect(first.ended).toHaveLength(11);
    const counts = first.ended.map(({ after }) => (after as { count: number }).count);
    expect(counts.reduce((sum, count) => sum + count, first.told)).toBe(5_000);
    const { told, ended } = minute();
    expect([told, ended.length]).toEqual([0, 11]);
    for (const { after } of ended) expect(JSON.stringify(after).length).toBeLessThan(10_000);
  });

  it('do not confuse a token with strangers, whatever it is called', () => {
    const sums = sumUpByCaller();
    for (let index = 0; index < 100; index += 1) sums.add(refused({ who: strangerAt(`address ${index}`) }));
    expect(sums.add(refused({ who: 'unknown (viewer)' }))).toMatchObject({ who: 'unknown (viewer)' });
  });
});
