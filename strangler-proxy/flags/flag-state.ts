import { compileFlag } from '../gateway/flags/compile-flag.js';
import type { UnleashFlag, UnleashStrategy } from './unleash-admin.js';

/** What a flag means in one environment, to those who want to change it. */
export type FlagState =
  /** It has no strategy yet. */
  | { kind: 'empty'; enabled: boolean }
  /** One gradual roll-out and nothing else: what `flip` makes and changes. */
  | {
      kind: 'roll-out';
      enabled: boolean;
      strategyId: string;
      percent: number;
      stickiness: string;
      reason: string;
    }
  /** Anything else; `why` says what, as in "has constraints". */
  | { kind: 'other'; why: string; strategyIds: string[]; replaceable: boolean };

/** Judges a flag by the same rule as the gateways: what they can't compile, is not changed by a percentage either. */
export function flagState(flag: UnleashFlag, environment: string): FlagState {
  const here = flag.environments.find(({ name }) => name === environment);
  const strategies = here?.strategies ?? [];
  const strategyIds = strategies.map(({ id }) => id);
  const beside = here?.variants.length
    ? 'has variants'
    : flag.dependencies.length
      ? 'depends on another flag'
      : undefined;
  if (beside) return { kind: 'other', why: beside, strategyIds, replaceable: false };
  const [first] = strategies;
  if (!first) return { kind: 'empty', enabled: here?.enabled ?? false };
  const why = strategies.some(({ disabled }) => disabled)
    ? 'has a disabled strategy'
    : whyNotRollOut(flag.name, strategies);
  if (why) return { kind: 'other', why, strategyIds, replaceable: true };
  return {
    kind: 'roll-out',
    enabled: here?.enabled ?? false,
    strategyId: first.id,
    percent: percentOf(first),
    stickiness: stickinessOf(first),
    reason: first.title ?? '',
  };
}

function whyNotRollOut(name: string, strategies: UnleashStrategy[]): string | undefined {
  const rule = compileFlag({ name, enabled: true, strategies });
  return rule.by === 'per-request' ? rule.reason : undefined;
}

/** Percentage of a gradual roll-out as Unleash keeps it: text. */
export function percentOf({ parameters }: Pick<UnleashStrategy, 'parameters'>): number {
  return Number(parameters['rollout']);
}

function stickinessOf({ parameters }: UnleashStrategy): string {
  const { stickiness } = parameters as { stickiness?: unknown };
  return typeof stickiness === 'string' && stickiness !== '' ? stickiness : 'default';
}
