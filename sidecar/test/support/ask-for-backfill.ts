import { backfillProgressSchema, backfillSubject } from '#contracts/strangler/backfill.js';
import type { Side } from '#contracts/strangler/move.js';
import { type NatsConnection, requestJson } from '#platform/messaging/exchange-json.js';
import { until } from '../../../tests/support/until.js';
import { wideMs } from '../../../tests/support/wide-limits.js';

/**
 * Asks a capability's applier to fill its replica anew. Waits for the applier first: one that has just been started, or
 * is about to go on, does not listen yet, and nothing was asked then.
 */
export function askForBackfill(
  nats: NatsConnection,
  capability: string,
  replica: Side,
  newChain: boolean,
): Promise<void> {
  const subject = backfillSubject(capability, replica);
  const schema = backfillProgressSchema.nullable();
  return until(`an applier listens to ${subject}`, async () => {
    try {
      await requestJson(nats, subject, { reason: 'test', newChain }, schema, wideMs);
      return true;
    } catch (error) {
      if ((error as Error).message.startsWith('nobody answers')) return false;
      throw error;
    }
  });
}
