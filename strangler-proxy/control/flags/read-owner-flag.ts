import { compileFlag, type FlagDefinition } from '../../gateway/flags/compile-flag.js';

/** What the flag of a capability's ownership says. */
export type OwnerFlag =
  | { kind: 'percent'; percent: number }
  /** It says something that ownership can't follow, or nothing: nothing moves. */
  | { kind: 'refused' | 'missing'; reason: string }
  /** Unleash has not told yet. */
  | { kind: 'unknown'; reason: string };

/**
 * Reads a flag as a share of ownership: one plain gradual roll-out of a whole percentage, or disabled, which is 0. A flag
 * that is missing means nothing: an Unleash that has lost its data must not move a capability back.
 */
export function readOwnerFlag(name: string, flag: FlagDefinition | undefined): OwnerFlag {
  const refused = (why: string): OwnerFlag => ({ kind: 'refused', reason: why });
  if (!flag)
    return {
      kind: 'missing',
      reason: `there is no flag ${name} in Unleash: "npx strangler flags ensure" makes it, "npx strangler handover" sets it`,
    };
  const rule = compileFlag(flag);
  const rest = `so nobody can say which buckets it wants. Give it one gradual roll-out without constraints, variants or segments, or disable it`;
  switch (rule.by) {
    case 'off':
      return { kind: 'percent', percent: 0 };
    case 'per-request':
      return refused(`the flag ${name} ${rule.reason}, ${rest}`);
    case 'compiled':
      if (!Number.isInteger(rule.percent))
        return refused(`the flag ${name} has a roll-out of ${rule.percent} %: it must be a whole number`);
      if (rule.groupId !== name)
        return refused(
          `the flag ${name} has the group id "${rule.groupId}", which puts keys into other buckets than the owners': set it to ${name}`,
        );
      return { kind: 'percent', percent: rule.percent };
  }
}
