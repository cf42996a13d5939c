import { z } from 'zod';
import { capabilityOfEvent, domainEventSchema } from '../../strangler/domain-event.js';

/** One kind of thing that happens in the shop, in one version. */
export interface EventDefinition<Data extends z.ZodType = z.ZodType> {
  type: string;
  capability: string;
  /** What has happened, as a sentence. */
  summary: string;
  /** What the event's key is: the id that its owner is found by. */
  key: string;
  data: Data;
}

/**
 * Keeps the exact schema of an event's data. Data may gain fields in a version, and lose or change none: that takes a
 * further version, which is said beside the earlier one for as long as anybody reads that.
 */
export function defineEvent<Data extends z.ZodType>(
  definition: Omit<EventDefinition<Data>, 'capability'>,
): EventDefinition<Data> {
  return { ...definition, capability: capabilityOfEvent(definition.type) };
}

/** What is said when it happens; what its schema does not know is left out. @throws ZodError for data that does not fit */
export function newEvent<Data extends z.ZodType<object>>(
  { type, data }: EventDefinition<Data>,
  key: string,
  happened: z.input<Data>,
): { type: string; key: string; data: z.output<Data> } {
  return { type, key, data: data.parse(happened) };
}

/** The whole event, as it stands in the stream. */
export function eventSchema<Data extends z.ZodType>({ type, capability, data }: EventDefinition<Data>) {
  return domainEventSchema.extend({ type: z.literal(type), capability: z.literal(capability), data });
}
