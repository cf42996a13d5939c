import type { Leader } from '../fence/fence.js';
import type { CapabilityParts } from '../capability/capability-parts.js';
import { carryCompletion } from './carry-completion.js';
import { type Completion, isAtRest } from './completion.js';
import type { Judging } from './conditions.js';

/** While a capability is being completed, and ever after, nothing else is done about it. @returns when to look again */
export async function leadCompletion(
  parts: CapabilityParts,
  leader: Leader,
  judging: Judging,
  completion: Completion,
  signal: AbortSignal,
): Promise<'again' | 'at-next-look' | 'later'> {
  if (isAtRest(completion)) return 'at-next-look';
  return (await carryCompletion(parts, leader, judging, completion, signal)) ? 'again' : 'later';
}

/**
 * Opens a part of the monolith that is closed although nobody completes it: a leader that was late has asked for that after it
 * was undone, or the journal was lost.
 */
export async function comeBack({
  capability,
  sidecars,
  logger,
}: CapabilityParts): Promise<'again' | 'later'> {
  const outcome = await sidecars.retire('monolith', { state: 'open', livesAt: '' });
  if (outcome.accepted) return 'again';
  logger.warn({ capability, reason: outcome.message }, 'the monolith is closed, and nobody knows why');
  return 'later';
}
