import type { CapabilityState } from '../journal/read-journal.js';
import type { OwnerFlag } from '../flags/read-owner-flag.js';

/** What is to be reached: a percentage, or nothing, with the reason. */
export type WantedShare =
  | { percent: number; by: 'flag'; refused: null }
  /** The flag may say anything meanwhile. */
  | { percent: 0; by: 'rollback'; refused: string | null }
  | { percent: null; by: 'flag'; refused: string };

/** A roll-back counts more than any flag, so that it works while Unleash is away, or says what can't be followed. */
export function wantedShare(
  { rollingBack }: Pick<CapabilityState, 'rollingBack'>,
  flag: OwnerFlag,
): WantedShare {
  if (rollingBack)
    return { percent: 0, by: 'rollback', refused: flag.kind === 'percent' ? null : flag.reason };
  return flag.kind === 'percent'
    ? { percent: flag.percent, by: 'flag', refused: null }
    : { percent: null, by: 'flag', refused: flag.reason };
}
