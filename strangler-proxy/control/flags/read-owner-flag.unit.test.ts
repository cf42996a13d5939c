import { describe, expect, it } from '@jest/globals';
import { readOwnerFlag } from './read-owner-flag.js';

const name = 'inventory.owner';
const strategy = (parameters: Record<string, unknown>, more: object = {}) => ({
  name: 'flexibleRollout',
  parameters: { groupId: name, ...parameters },
  ...more,
});
const flag = (strategies: ReturnType<typeof strategy>[], more: object = {}) => ({
  name,
  enabled: true,
  strategies,
  ...more,
});

describe('the flag of ownership', () => {
  it('wants as many buckets as its percentage', () => {
    expect(readOwnerFlag(name, flag([strategy({ rollout: '30' })]))).toEqual({
      kind: 'percent',
      percent: 30,
    });
  });

  it('wants none when it is disabled', () => {
    const disabled = flag([strategy({ rollout: '30' })], { enabled: false });
    expect(readOwnerFlag(name, disabled)).toEqual({ kind: 'percent', percent: 0 });
  });

  it('wants nothing to move when it is missing', () => {
    expect(readOwnerFlag(name, undefined)).toMatchObject({ kind: 'missing' });
  });

  it.each([
    ['has constraints', flag([strategy({ rollout: '30' }, { constraints: [{}] })])],
    ['has segments', flag([strategy({ rollout: '30' }, { segments: [1] })])],
    ['has variants', flag([strategy({ rollout: '30' })], { variants: [{}] })],
    ['has 2 strategies', flag([strategy({ rollout: '30' }), strategy({ rollout: '40' })])],
    ['has the strategy userWithId', flag([{ ...strategy({}), name: 'userWithId' }])],
    ['group id "other"', flag([strategy({ rollout: '30', groupId: 'other' })])],
    ['must be a whole number', flag([strategy({ rollout: '12.5' })])],
    ['has a roll-out that is no number', flag([strategy({ rollout: '' })])],
    ['has a roll-out that is no number', flag([strategy({ rollout: ' ' })])],
    ['has a roll-out that is no number', flag([strategy({ rollout: null })])],
    ['has a roll-out that is no number', flag([strategy({})])],
  ])('is refused when it %s', (why, refused) => {
    expect(readOwnerFlag(name, refused)).toEqual({
      kind: 'refused',
      reason: expect.stringContaining(why),
    });
  });
});
