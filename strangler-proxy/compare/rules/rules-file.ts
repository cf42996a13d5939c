import { parse } from 'yaml';
import { z } from 'zod';
import { AppError } from '#platform/errors/app-error.js';
import { messageOf } from '#platform/telemetry/message-of.js';

const pathSchema = z
  .string()
  .regex(
    /^(?:status|headers|cookies|body|\*)/,
    'must begin with status, headers, cookies or body, as in body.items[].price',
  );
const place = {
  /** All endpoints when it is left out; `*` stands for anything. */
  endpoint: z.string().min(1).default('*'),
  path: pathSchema,
};
const dateSchema = z.iso.date('must be a date, as in 2027-01-31');

const ignoreSchema = z.strictObject({
  ...place,
  owner: z.string().trim().min(1),
  reason: z.string().trim().min(1),
  /** The last day on which it is ignored. */
  until: dateSchema,
});

const listSchema = z.strictObject({
  ...place,
  /** `any`: the order does not count. */
  order: z.enum(['any', 'kept']).default('kept'),
  /** Names of the fields that together tell one element from the others. */
  identity: z.array(z.string().min(1)).min(1).optional(),
});

const toleranceSchema = z
  .strictObject({
    ...place,
    absolute: z.number().nonnegative().optional(),
    relative: z.number().min(0).max(1).optional(),
    /** For times. */
    seconds: z.number().nonnegative().optional(),
  })
  .refine((one) => one.absolute !== undefined || one.relative !== undefined || one.seconds !== undefined, {
    message: 'needs absolute, relative or seconds',
  });

export const normaliserNames = [
  'lower-case',
  'trim',
  'collapse-space',
  'unicode',
  'number',
  'time',
  'url-query-order',
] as const;

const normaliseSchema = z.strictObject({
  ...place,
  as: z.union([z.enum(normaliserNames), z.array(z.enum(normaliserNames)).min(1)]),
});

const rulesSchema = z.strictObject({
  ignore: z.array(ignoreSchema).default([]),
  lists: z.array(listSchema).default([]),
  tolerances: z.array(toleranceSchema).default([]),
  normalise: z.array(normaliseSchema).default([]),
  headers: z
    .strictObject({
      /** Headers of transport that are compared all the same. */
      compare: z.array(z.string().toLowerCase()).default([]),
    })
    .prefault({}),
});

export type RulesFile = z.output<typeof rulesSchema>;
export type IgnoreRule = RulesFile['ignore'][number];
export type Tolerance = RulesFile['tolerances'][number];
export type NormaliserName = (typeof normaliserNames)[number];

/** What a file without rules says. */
export const noRules: RulesFile = rulesSchema.parse({});

/**
 * Reads a file of rules, YAML or JSON.
 * @param name the file's, for messages
 * @throws AppError `invalid_config`, which names each part that is wrong
 */
export function parseRules(text: string, name: string): RulesFile {
  const checked = rulesSchema.safeParse(readYaml(text, name) ?? {});
  if (checked.success) return checked.data;
  const problems = checked.error.issues.map(
    ({ path, message }) => `  ${path.join('.') || 'the file'}: ${message}`,
  );
  throw new AppError('invalid_config', `The rules in ${name} are not valid:\n${problems.join('\n')}`);
}

function readYaml(text: string, name: string): unknown {
  try {
    return parse(text, { maxAliasCount: 10 });
  } catch (error) {
    throw new AppError('invalid_config', `${name} is neither YAML nor JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
