import { z } from 'zod';

/** Where all events of a system stand, in one order that every consumer sees alike. */
export const eventStream = 'strangler-events';

/** `<capability>.<what has happened>.v<version>`, such as `orders.confirmed.v1`; the capability has no dots. */
const eventTypePattern = /^([a-z0-9-]+)\.[a-z0-9-]+\.v[1-9][0-9]*$/;

export const eventTypeSchema = z
  .string()
  .max(100)
  .regex(eventTypePattern, 'must be like orders.confirmed.v1');

/**
 * Something that has happened, said by the side that owned its key in the moment when it happened. It arrives at least
 * once. Events of one key are in the order of `epoch` and `sequence`, whichever sides said them; in the stream they
 * may stand in another order around a hand-over, since each side publishes its own.
 */
export const domainEventSchema = z.object({
  eventId: z
    .string()
    .min(1)
    .max(64)
    .describe('the same in every repetition: what consumers know an event by'),
  type: eventTypeSchema.describe('what has happened, and the version of its data'),
  capability: z.string(),
  key: z.string().describe("what the event is about: its bucket's owner has said it"),
  occurredAt: z.iso.datetime({ precision: 3 }).describe('by the clock of the program that did it'),
  side: z.enum(['monolith', 'service']).describe('who has said it'),
  epoch: z.int().min(0).describe("that of the key's bucket: grows with each hand-over"),
  sequence: z.int().min(1).describe('grows with each event of a key on its side, and has gaps'),
  data: z.record(z.string(), z.unknown()).describe('as below'),
});

export type DomainEvent = z.infer<typeof domainEventSchema>;

/** What decides which of two events of one key came first. */
export type EventOrder = Pick<DomainEvent, 'epoch' | 'sequence'>;

/** Has the first of two events of one key happened after the second? */
export function isLater(one: EventOrder, other: EventOrder): boolean {
  return one.epoch === other.epoch ? one.sequence > other.sequence : one.epoch > other.epoch;
}

/** Subject of an event: `strangler.events.<capability>.<what has happened>.v<version>`. */
export function eventSubject(type: string): string {
  return `strangler.events.${type}`;
}

/** All of them. */
export const eventSubjects = 'strangler.events.>';

/** The capability that an event's type begins with. @throws when it is no such type */
export function capabilityOfEvent(type: string): string {
  const [, capability] = eventTypePattern.exec(type) ?? [];
  if (capability === undefined) throw new Error(`${type} is no type of an event: orders.confirmed.v1 is one`);
  return capability;
}
