import { type DomainEvent, eventSubject } from '#contracts/strangler/domain-event.js';
import { type OrderedLog, storeEntry } from '#platform/messaging/ordered-log.js';
import type { Published } from './outbox-rows.js';

export interface PublishResult {
  /** What the broker has acknowledged. */
  published: Published[];
  failure?: Error;
}

/**
 * Publishes events: those of one key one after another, so that none overtakes an earlier one that failed, those of
 * several keys at once.
 * @param events in the order of their numbers
 */
export async function publishEvents(log: OrderedLog, events: readonly DomainEvent[]): Promise<PublishResult> {
  const published: Published[] = [];
  const keys = new Map<string, DomainEvent[]>();
  for (const event of events) {
    const before = keys.get(event.key);
    if (before) before.push(event);
    else keys.set(event.key, [event]);
  }
  const results = await Promise.allSettled(
    [...keys.values()].map(async (ofKey) => {
      for (const event of ofKey) {
        const logSequence = await publish(log, event);
        published.push({ sequence: event.sequence, logSequence });
      }
    }),
  );
  const failed = results.find((result) => result.status === 'rejected');
  return failed ? { published, failure: failed.reason as Error } : { published };
}

function publish(log: OrderedLog, event: DomainEvent): Promise<number> {
  return storeEntry(log, eventSubject(event.type), Buffer.from(JSON.stringify(event)), event.eventId);
}
