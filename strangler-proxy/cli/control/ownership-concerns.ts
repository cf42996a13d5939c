import { messageOf } from '#platform/telemetry/message-of.js';
import type { Places } from '../system/locate-system.js';
import { openControl } from './control-client.js';

/** Longest that a status waits for the control plane, in milliseconds. */
const usualPatience = 2_000;

/**
 * What an operator should look at of who owns what; nothing where no control plane is known.
 * @param patience longest wait for the control plane, in milliseconds
 */
export async function ownershipConcerns(places: Places, patience = usualPatience): Promise<string[]> {
  if (!places.control) return [];
  try {
    const views = await openControl(places, patience).list();
    return views.flatMap(({ capability, state, reasons }) =>
      reasons.map((reason) => `ownership of ${capability} is ${state}: ${reason}`),
    );
  } catch (error) {
    return [messageOf(error)];
  }
}
