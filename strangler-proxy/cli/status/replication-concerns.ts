import type { Side } from '#contracts/strangler/move.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { type ReplicationView, lookAtReplication } from '../data/look-at-replication.js';
import { withSidecars } from '../data/with-sidecars.js';
import type { Places } from '../system/locate-system.js';

/**
 * What stops changes from going from one side to the other, a line for each capture and applier that waits for a person.
 * Where they can't be asked, it says so.
 */
export async function replicationConcerns(
  places: Places,
  capabilities: readonly string[],
): Promise<string[]> {
  if (places.natsUrl === undefined || capabilities.length === 0) return [];
  try {
    const views = await withSidecars(places, (nats) =>
      Promise.all(capabilities.map((capability) => lookAtReplication(nats, capability))),
    );
    return views.flatMap(stoppedIn);
  } catch (error) {
    // Silence would read as "all is well".
    return [`whether changes are replicated is not known: ${oneLine(messageOf(error))}`];
  }
}

/** Pure: asks nobody. */
export function stoppedIn({ capability, sidecars }: ReplicationView): string[] {
  return (['monolith', 'service'] as const).flatMap((side: Side) => {
    const { capture, applier } = sidecars[side] ?? {};
    const advice = `"npx strangler data repair ${capability}" says what to do`;
    return [
      ...(applier?.backfill?.problem === undefined
        ? []
        : [
            `the backfill of ${capability} on the ${side} can't go on: ${oneLine(applier.backfill.problem)}; ${advice}`,
          ]),
      ...(capture?.state === 'stopped'
        ? [
            `changes of ${capability} don't leave the ${side}, whose capture is stopped (${capture.code ?? 'no code'}): ` +
              `${oneLine(capture.message)}; ${advice}`,
          ]
        : []),
      ...(applier?.state === 'stopped'
        ? [
            `changes of ${capability} don't arrive on the ${side}, whose applier is stopped (${applier.failure?.code ?? 'no code'}): ` +
              `${oneLine(applier.failure?.message ?? applier.message)}; ${advice}`,
          ]
        : []),
    ];
  });
}

function oneLine(message = 'its log says why'): string {
  return message.replaceAll(/\s+/g, ' ').replace(/\.$/, '');
}
