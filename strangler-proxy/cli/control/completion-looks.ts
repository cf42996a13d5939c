import type { CompletionLook } from '#contracts/strangler/completion.js';
import type { Places } from '../system/locate-system.js';
import { openControl } from './control-client.js';

/** Longest that a status waits for the control plane, in milliseconds. */
const patience = 6_000;

/** How far each capability with a service is retired; undefined where the control plane can't be asked. */
export async function completionLooks(places: Places): Promise<Map<string, CompletionLook> | undefined> {
  if (!places.control) return undefined;
  const control = openControl(places, patience);
  try {
    const views = await control.list();
    const looks = await Promise.all(views.map(({ capability }) => control.completion(capability)));
    return new Map(looks.map((look) => [look.capability, look]));
  } catch {
    // What can't be asked is shown as unknown; that it can't be is told with the other concerns.
    return undefined;
  }
}
