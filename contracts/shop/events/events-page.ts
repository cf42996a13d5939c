import { z } from 'zod';
import { domainEventSchema } from '../../strangler/domain-event.js';
import type { EventDefinition } from './define-event.js';
import { shopEvents } from './index.js';

/** What of JSON Schema the events are written in. */
interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  description?: string;
  format?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

const introduction = `# Domain events

What happens in the shop is said as an event, by whichever side owns the event's key at that moment, in the
transaction that does it ([0055](decisions/0055-events-leave-by-an-outbox.md)). Events stand in the stream
\`strangler-events\`, under the subject \`strangler.events.\` followed by their type. They arrive at least once; how they are
handled once is told in [0056](decisions/0056-an-inbox-makes-once-of-at-least-once.md).

A version may gain fields. What would lose or change one is a further version, said beside the earlier one for as long as
anybody reads that. This page is made of the schemas in \`contracts/shop/events/\`: \`npm run generate\` writes it.`;

/** The page \`docs/events.md\`, in Markdown. */
export function eventsPage(): string {
  const shapes = new Map<string, Schema>();
  const events = shopEvents.map((event) => describeEvent(event, shapes));
  const envelope = fieldsOf(convert(domainEventSchema, shapes));
  const described = [...shapes].sort(([one], [other]) => (one < other ? -1 : 1));
  return [
    introduction,
    '## The envelope',
    'Events of one key happened in the order of `epoch` and `sequence`, whichever sides have said them.',
    envelope,
    '## Events',
    ...events.flat(),
    '## Shapes',
    ...described.flatMap(([name, schema]) => [`### ${name}`, fieldsOf(schema)]),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

function describeEvent({ type, summary, key, data }: EventDefinition, shapes: Map<string, Schema>): string[] {
  return [`### ${type}`, `${summary}. Its key is \`${key}\`; its data:`, fieldsOf(convert(data, shapes))];
}

function convert(schema: z.ZodType, shapes: Map<string, Schema>): Schema {
  const { $defs = {}, ...converted } = z.toJSONSchema(schema, { io: 'output' }) as Schema;
  for (const [name, definition] of Object.entries($defs)) shapes.set(name, definition);
  return converted;
}

/** A list of fields, those of objects within them under their path. */
function fieldsOf(schema: Schema, path = ''): string {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties)
    .map(([name, field]) => {
      const presence = required.includes(name) ? '' : ', may be missing';
      const meaning = field.description === undefined ? '' : `: ${field.description}`;
      const line = `- \`${path}${name}\`, ${kindOf(field)}${presence}${meaning}`;
      const inner = innerOf(field);
      return inner ? `${line}\n${fieldsOf(inner.schema, `${path}${name}${inner.step}`)}` : line;
    })
    .join('\n');
}

function innerOf(field: Schema): { schema: Schema; step: string } | undefined {
  if (field.properties) return { schema: field, step: '.' };
  if (field.items?.properties) return { schema: field.items, step: '[].' };
  const object = field.anyOf?.find(({ properties }) => properties);
  return object && { schema: object, step: '.' };
}

function kindOf(field: Schema): string {
  if (field.$ref !== undefined) {
    const name = field.$ref.split('/').at(-1) ?? '';
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (field.anyOf) return field.anyOf.map(kindOf).join(' or ');
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\``;
  if (field.enum) return field.enum.map((value) => `\`${JSON.stringify(value)}\``).join(' or ');
  if (field.type === 'array')
    return `list of ${field.items?.properties ? 'objects' : kindOf(field.items ?? {})}`;
  if (field.format === 'date-time') return 'time in UTC (ISO 8601, milliseconds)';
  return [field.type ?? 'anything'].flat().join(' or ');
}
