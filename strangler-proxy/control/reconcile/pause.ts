import { otherSide } from '#contracts/strangler/move.js';
import { changeState } from '../journal/change-state.js';
import type { Leader } from '../fence/fence.js';
import type { CapabilityState } from '../journal/read-journal.js';
import type { BothSides } from '../sides/both-sides.js';
import type { CapabilityParts } from '../capability/capability-parts.js';

/** Who is named where nobody has decided. */
export const itself = 'control plane';

/** Pauses the hand-overs of a capability until a person resumes them. @param reason a sentence; the audit keeps it */
export async function pause(
  { capability, logger }: CapabilityParts,
  leader: Leader,
  reason: string,
): Promise<void> {
  logger.warn({ capability, reason }, 'hand-overs are paused');
  await changeState(
    leader,
    capability,
    { paused: { by: itself, reason } },
    { who: itself, action: 'pause', reason, expectedVersion: undefined },
  );
}

/**
 * Pauses a capability as long as a database of it has been put back to an earlier state, and its replica has not been
 * filled anew since. Gates would hold hand-overs back as well; but what happened needs a person, and is not over when
 * the replica is filled again.
 * @returns whether it did
 */
export async function pauseIfGoneBack(
  parts: CapabilityParts,
  leader: Leader,
  state: CapabilityState,
  { answers }: BothSides,
): Promise<boolean> {
  if (state.paused !== null) return false;
  const { capability } = parts;
  const replica = (['service', 'monolith'] as const).find((side) => answers[side]?.wentBack);
  if (replica === undefined) return false;
  const source = otherSide(replica);
  await pause(
    parts,
    leader,
    `the ${source}'s database was put back to an earlier state (restored, or failed over to a copy without its end), and the ${replica}'s replica of ` +
      `${capability} holds what it lacks: compare them with "npx strangler data verify ${capability}", follow "npx strangler data repair ${capability}", ` +
      'and resume when the data is right',
  );
  return true;
}
