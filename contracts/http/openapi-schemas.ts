import { z } from 'zod';

/** A JSON Schema (2020-12), as OpenAPI 3.1 embeds it. */
export type Schema = Record<string, unknown>;

/** Turns zod schemas into JSON Schema; those with an id are collected once, and referred to. */
export interface SchemaCollection {
  convert(schema: z.ZodType): Schema;
  /** Everything that was referred to so far, by id. */
  components(): Record<string, Schema>;
}

const own = '#/$defs/';
const shared = '#/components/schemas/';

export function collectSchemas(): SchemaCollection {
  const collected = new Map<string, Schema>();

  function convert(schema: z.ZodType): Schema {
    // What a client sends and what it gets is described alike: an answer may gain fields, so it isn't closed.
    const converted = z.toJSONSchema(schema, {
      io: 'input',
      override: ({ jsonSchema }) => simplify(jsonSchema),
    });
    const { $schema: _version, $defs = {}, ...rest } = pointToComponents(converted) as RootSchema;
    for (const [name, definition] of Object.entries($defs)) collected.set(name, definition);
    return rest;
  }

  return {
    convert,
    components: () => Object.fromEntries([...collected].sort(([one], [other]) => (one < other ? -1 : 1))),
  };
}

type RootSchema = Schema & { $schema?: string; $defs?: Record<string, Schema> };

/** Leaves out what zod writes but nobody needs to read: the calendar as a regular expression, the largest safe integer. */
function simplify(schema: { format?: string; pattern?: string; maximum?: number }): void {
  if (schema.format === 'date-time') delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

/** Definitions move from each schema's own `$defs` to the document's components. */
function pointToComponents(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(pointToComponents);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => [
      name,
      name === '$ref' && typeof value === 'string' ? value.replace(own, shared) : pointToComponents(value),
    ]),
  );
}
