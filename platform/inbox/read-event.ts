import {
  capabilityOfEvent,
  type DomainEvent,
  domainEventSchema,
  eventSubject,
} from '#contracts/strangler/domain-event.js';
import type { LogEntry } from '#platform/messaging/ordered-log.js';

/** An entry of the stream of events: the event, or why it is none and what it is instead. */
export type ReadEvent = { event: DomainEvent } | { event?: undefined; problem: string; found: unknown };

/**
 * Reads an event. One that stands under the subject of another type is invalid: who may publish is decided by subject, so an
 * account could otherwise speak for another capability.
 */
export function readEvent({ subject, data }: LogEntry): ReadEvent {
  const found = parse(data);
  const { data: event, error } = domainEventSchema.safeParse(found);
  if (error) return { problem: error.message, found };
  if (eventSubject(event.type) !== subject || capabilityOfEvent(event.type) !== event.capability)
    return { problem: `it says that it is ${event.type} of ${event.capability}, under ${subject}`, found };
  return { event };
}

/** @returns the text itself if it is no JSON */
function parse(data: Uint8Array): unknown {
  const text = Buffer.from(data).toString();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
