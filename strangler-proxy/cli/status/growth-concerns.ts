import { growthAnswerSchema, growthSubject } from '#contracts/strangler/growth.js';
import { gatherJson } from '#platform/messaging/gather-json.js';
import { withSidecars } from '../data/with-sidecars.js';
import type { Places } from '../system/locate-system.js';

/**
 * What is near its bound, has none, or is not kept within it: a line for each store, as the processes that keep them
 * have measured. Nothing where NATS can't be reached: the gateways say that themselves.
 */
export async function growthConcerns(places: Places): Promise<string[]> {
  if (places.natsUrl === undefined) return [];
  try {
    const answers = await withSidecars(places, (nats) =>
      gatherJson(nats, growthSubject, {}, growthAnswerSchema),
    );
    const alarms = answers.flatMap(({ readings }) =>
      readings.flatMap(({ alarm }) => (alarm === null ? [] : [alarm])),
    );
    // Each instance of a program tells the same.
    return [...new Set(alarms)];
  } catch {
    return [];
  }
}
