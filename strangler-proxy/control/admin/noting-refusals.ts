import { messageOf } from '#platform/telemetry/message-of.js';
import type { Refused } from './sum-up-refusals.js';

/** Makes a change, and notes for the audit why it is refused, where it is. @throws whatever the change throws */
export async function notingRefusals<Result>(
  noteRefusal: (refused: Refused) => void,
  asked: Omit<Refused, 'reason'>,
  change: () => Promise<Result>,
): Promise<Result> {
  try {
    return await change();
  } catch (error) {
    noteRefusal({ ...asked, reason: messageOf(error) });
    throw error;
  }
}
