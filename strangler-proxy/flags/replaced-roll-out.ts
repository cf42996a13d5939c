import { z } from 'zod';
import { type FlagState, percentOf } from './flag-state.js';
import { readFlagEvents, type StrategyContent } from './unleash-admin.js';
import type { UnleashAccess } from './unleash-request.js';

/** A roll-out that a change has replaced. */
export interface Replaced {
  /** `null` where it was not one percentage; 0 where the flag was disabled. */
  percent: number | null;
  reason: string;
  /** When it had been made, ISO 8601, as far as Unleash's log says. */
  since: string | null;
}

const strategySchema = z.object({
  title: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()),
});

/**
 * What a change has really replaced: of two operators who flip at once, the second one replaces what the first one
 * has just written, not what it read before. Unleash's event log knows.
 * @param read the flag as it was read before; the answer where the log doesn't tell
 */
export async function whatWasReplaced(
  access: UnleashAccess,
  flag: string,
  written: StrategyContent,
  read: FlagState & { kind: 'roll-out' },
): Promise<Replaced> {
  const changes = await readChanges(access, flag);
  const own = changes.findIndex(
    ({ after }) => after?.title === written.title && percentOf(after) === Number(written.parameters.rollout),
  );
  const before = changes[own]?.before;
  return {
    percent: read.enabled ? (before ? percentOf(before) : read.percent) : 0,
    reason: (before ? before.title : read.reason) ?? '',
    since: changes[own + 1]?.at ?? null,
  };
}

/** Every strategy that the flag has had in this environment, newest first. */
async function readChanges(access: UnleashAccess, flag: string) {
  return (await readFlagEvents(access, flag))
    .filter(
      ({ type, environment }) => type.startsWith('feature-strategy-') && environment === access.environment,
    )
    .map(({ preData, data, createdAt }) => ({
      before: strategySchema.safeParse(preData).data,
      after: strategySchema.safeParse(data).data,
      at: createdAt,
    }));
}
