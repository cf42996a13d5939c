import type { CapabilityState } from '../journal/read-journal.js';
import type { OwnerFlag } from '../flags/read-owner-flag.js';

/** What is to be reached: a percentage, or nothing, with the reason. */
export type WantedShare =
  | { percent: number; by: 'flag'; refused: null }
  /** The flag may say anything meanwhile. */
  | { percent: 0; by: 'rollback'; refused: string | null }
  /** It was completed, or is being so: it stays with the service, whatever the flag says. */
  | { percent: 100; by: 'completion'; refused: string | null }
  | { percent: null; by: 'flag'; refused: string };

/** A roll-back counts more than any flag, so that it works while Unleash is away, or says what can't be followed. */
export function wantedShare(
  { rollingBack }: Pick<CapabilityState, 'rollingBack'>,
  flag: OwnerFlag,
  completing: boolean,
): WantedShare {
  if (completing) return { percent: 100, by: 'completion', refused: ignored(flag) };
  if (rollingBack)
    return { percent: 0, by: 'rollback', refused: flag.kind === 'percent' ? null : flag.reason };
  return flag.kind === 'percent'
    ? { percent: flag.percent, by: 'flag', refused: null }
    : { percent: null, by: 'flag', refused: flag.reason };
}

/** What a flag says that is not followed. */
function ignored(flag: OwnerFlag): string | null {
  if (flag.kind !== 'percent') return flag.reason;
  return flag.percent === 100 ? null : `it says ${flag.percent} %`;
}
