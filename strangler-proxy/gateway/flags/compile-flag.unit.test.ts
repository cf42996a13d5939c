import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileFlag, type FlagDefinition, rollsOut, wantedShare } from './compile-flag.js';

const FlexibleRollout = (
  createRequire(import.meta.url)('unleash-client/lib/strategy/flexible-rollout-strategy.js') as {
    default: new (random: () => string) => {
      isEnabled(parameters: Record<string, unknown>, context: Record<string, unknown>): boolean;
    };
  }
).default;

function gradual(parameters: Record<string, unknown>, more: Partial<FlagDefinition> = {}): FlagDefinition {
  return {
    name: 'inventory.get',
    enabled: true,
    strategies: [{ name: 'flexibleRollout', parameters }],
    ...more,
  };
}

describe('a flag', () => {
  it('is off when it does not exist or is disabled', () => {
    expect(compileFlag(undefined)).toEqual({ by: 'off' });
    expect(compileFlag(gradual({ rollout: '100' }, { enabled: false }))).toEqual({ by: 'off' });
  });

  it('compiles when it is one plain gradual roll-out', () => {
    expect(compileFlag(gradual({ rollout: '35', stickiness: 'userId', groupId: 'g' }))).toEqual({
      by: 'compiled',
      percent: 35,
      stickiness: 'userId',
      groupId: 'g',
    });
    expect(compileFlag(gradual({ rollout: 100 }))).toMatchObject({
      percent: 100,
      stickiness: 'default',
      groupId: 'inventory.get',
    });
  });

  it('is left to the SDK, with the reason, when it is anything else', () => {
    const strategy = { name: 'flexibleRollout', parameters: { rollout: '50' } };
    const reasonOf = (flag: FlagDefinition) => {
      const rule = compileFlag(flag);
      return rule.by === 'per-request' ? rule.reason : rule.by;
    };
    expect(reasonOf(gradual({}, { strategies: [] }))).toBe('has 0 strategies');
    expect(reasonOf(gradual({}, { strategies: [strategy, strategy] }))).toBe('has 2 strategies');
    expect(reasonOf(gradual({}, { strategies: [{ name: 'userWithId' }] }))).toBe(
      'has the strategy userWithId',
    );
    expect(reasonOf(gradual({}, { strategies: [{ ...strategy, constraints: [{}] }] }))).toBe(
      'has constraints',
    );
    expect(reasonOf(gradual({}, { strategies: [{ ...strategy, segments: [1] }] }))).toBe('has segments');
    expect(reasonOf(gradual({}, { strategies: [{ ...strategy, variants: [{}] }] }))).toBe('has variants');
    expect(reasonOf(gradual({ rollout: '1' }, { dependencies: [{}] }))).toBe('depends on another flag');
  });

  it.each(['half', '', ' ', '1e1', '0x10', '50 %', null, true, [], undefined, Infinity])(
    'takes the roll-out %p for no number, and never for 0',
    (rollout) => {
      const rule = compileFlag(gradual({ rollout }));
      expect(rule).toEqual({ by: 'per-request', reason: 'has a roll-out that is no number' });
      expect(wantedShare(rule).percent).toBeNull();
    },
  );

  it.each([-1, '-0.5', 100.5, '250'])(
    'takes the roll-out %p for none that ownership could follow',
    (rollout) => {
      const rule = compileFlag(gradual({ rollout }));
      expect(rule).toMatchObject({ by: 'per-request', reason: expect.stringContaining('0 to 100') });
      expect(wantedShare(rule).percent).toBeNull();
    },
  );

  it.each([
    ['0', 0],
    [' 7 ', 7],
    ['33.5', 33.5],
  ])('takes the roll-out %p for %p', (rollout, percent) => {
    expect(compileFlag(gradual({ rollout }))).toMatchObject({ by: 'compiled', percent });
  });
});

describe('a compiled roll-out', () => {
  const value = fc.option(fc.string(), { nil: undefined });

  it("decides as Unleash's own strategy does for every sticky field and every percentage", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 }),
        fc.constantFrom('userId', 'sessionId', 'default', 'productId'),
        fc.option(fc.string(), { nil: undefined }),
        fc.record({ userId: value, sessionId: value, productId: value }),
        (rollout, stickiness, groupId, context) => {
          // Where chance decides there is nothing to compare.
          fc.pre(stickiness !== 'default' || Boolean(context.userId || context.sessionId));
          const parameters = { rollout: String(rollout), stickiness, groupId };
          const rule = compileFlag(gradual(parameters));
          if (rule.by !== 'compiled') throw new Error('not compiled');
          const ours = rollsOut(
            rule,
            (field) => (context as Record<string, string | undefined>)[field],
            Math.random,
          );
          const theirs = new FlexibleRollout(() => '1').isEnabled(parameters, {
            ...context,
            featureToggle: 'inventory.get',
          });
          expect(ours).toBe(theirs);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('takes its share of requests at random', () => {
    const rule = compileFlag(gradual({ rollout: '30', stickiness: 'random' }));
    if (rule.by !== 'compiled') throw new Error('not compiled');
    const draws = Array.from({ length: 1000 }, (_, n) =>
      rollsOut(
        rule,
        () => undefined,
        () => n / 1000,
      ),
    );
    expect(draws.filter(Boolean)).toHaveLength(300);
  });
});
