import type { WantedShare } from '#contracts/strangler/gateway-status.js';
import { bucketCount } from '#contracts/strangler/ownership.js';
import { bucketOf } from '#platform/ownership/bucket-of.js';

/** A flag as Unleash's client API gives it: the parts that decide. */
export interface FlagDefinition {
  name: string;
  enabled: boolean;
  strategies?: {
    name: string;
    parameters?: Record<string, unknown>;
    constraints?: unknown[];
    segments?: unknown[];
    variants?: unknown[];
  }[];
  variants?: unknown[];
  dependencies?: unknown[];
}

/** What a flag means for requests, worked out once per change. */
export type FlagRule =
  | { by: 'off' }
  | { by: 'compiled'; percent: number; stickiness: string; groupId: string }
  | { by: 'per-request'; reason: string };

const off: FlagRule = { by: 'off' };

/**
 * Compiles the one shape that `strangler flip` makes: enabled, one gradual roll-out without constraints, segments
 * or variants. Any other flag stays as it is, to be evaluated by Unleash's SDK for each request.
 */
export function compileFlag(flag: FlagDefinition | undefined): FlagRule {
  if (!flag?.enabled) return off;
  const reason = whyNotPlain(flag);
  if (reason) return { by: 'per-request', reason };
  const parameters = flag.strategies?.[0]?.parameters ?? {};
  return {
    by: 'compiled',
    percent: rollOut(parameters['rollout']) ?? 0,
    stickiness: text(parameters['stickiness']) || 'default',
    groupId: text(parameters['groupId']) || flag.name,
  };
}

function whyNotPlain({
  strategies = [],
  variants = [],
  dependencies = [],
}: FlagDefinition): string | undefined {
  const [strategy, ...more] = strategies;
  if (!strategy || more.length > 0) return `has ${strategies.length} strategies`;
  if (strategy.name !== 'flexibleRollout') return `has the strategy ${strategy.name}`;
  if (strategy.constraints?.length) return 'has constraints';
  if (strategy.segments?.length) return 'has segments';
  if (strategy.variants?.length || variants.length > 0) return 'has variants';
  if (dependencies.length > 0) return 'depends on another flag';
  return whyNoShare(rollOut(strategy.parameters?.['rollout']));
}

function whyNoShare(percent: number | undefined): string | undefined {
  if (percent === undefined) return 'has a roll-out that is no number';
  return percent < 0 || percent > 100
    ? `has a roll-out of ${percent} %, and 0 to 100 are possible`
    : undefined;
}

/** The roll-out as a number, or undefined. An empty value is not 0: clearing the field must not hand all buckets back. */
function rollOut(value: unknown): number | undefined {
  const isDecimal = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value.trim());
  const percent = typeof value === 'number' || isDecimal ? Number(value) : NaN;
  return Number.isFinite(percent) ? percent : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/**
 * Whether a compiled roll-out sends a request to the service; decides as Unleash's own strategy does.
 * @param valueOf the request's value for a field of the context; empty counts as missing
 * @param random from 0 to below 1
 */
export function rollsOut(
  { percent, stickiness, groupId }: Extract<FlagRule, { by: 'compiled' }>,
  valueOf: (field: string) => string | undefined,
  random: () => number,
): boolean {
  if (percent === 0) return false;
  const id = stickyId(stickiness, valueOf);
  if (id === undefined) return false;
  const bucket = id === '' ? Math.floor(random() * bucketCount) + 1 : bucketOf(id, groupId);
  return bucket <= percent;
}

/** What the roll-out sticks to: '' where chance decides, undefined where the request lacks the field. */
function stickyId(stickiness: string, valueOf: (field: string) => string | undefined): string | undefined {
  if (stickiness === 'random') return '';
  if (stickiness === 'default') return valueOf('userId') || valueOf('sessionId') || '';
  return valueOf(stickiness) || undefined;
}

/** How the status tells a rule. */
export function wantedShare(rule: FlagRule): WantedShare {
  if (rule.by === 'compiled')
    return { percent: rule.percent, by: 'compiled', stickiness: rule.stickiness, reason: null };
  if (rule.by === 'off') return { percent: 0, by: 'off', stickiness: null, reason: null };
  return { percent: null, by: 'per-request', stickiness: null, reason: `the flag ${rule.reason}` };
}
