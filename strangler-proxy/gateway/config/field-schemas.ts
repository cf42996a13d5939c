import { z } from 'zod';
import { publicUrl } from '#platform/discovery/public-address.js';
import { didYouMean } from './did-you-mean.js';

/** An object that names every key it doesn't know, with the one that was probably meant. */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys')
        return unknownKeys((issue as { keys?: string[] }).keys ?? [], known);
      if (issue.code === 'invalid_type') return `must be a section with ${known.join(', ')}`;
      return undefined;
    },
  });
}

function unknownKeys(keys: readonly string[], known: readonly string[]): string {
  const named = keys.map((key) => {
    const near = didYouMean(key, known);
    return near ? `"${key}" (did you mean "${near}"?)` : `"${key}"`;
  });
  return `doesn't know ${named.join(', ')}; allowed are ${known.join(', ')}`;
}

/** A section whose fields all have defaults, so that it may be left out. */
export function optionalSection<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.preprocess((value) => value ?? {}, section(shape));
}

/** What isn't said: left out, or empty after substitution. */
export function unsaid<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => (value === null || value === '' ? undefined : value), schema.optional());
}

const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `300ms`, `2s`, `5m`: milliseconds. */
export const duration = z.string({ error: durationHint }).transform((text, context) => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (match) return Math.round(Number(match[1]) * (units[match[2] ?? ''] ?? 0));
  context.addIssue({ code: 'custom', message: durationHint() });
  return z.NEVER;
});

function durationHint(): string {
  return 'must be a duration such as 300ms, 2s or 5m';
}

/** A duration that bounds something: there is no limit of nothing. */
export const timeLimit = duration.refine(
  (milliseconds) => milliseconds > 0,
  'must be longer than 0: leave it out for the limit of the side that is asked',
);

const sizes: Record<string, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** `16 KiB`, `1 MiB`: bytes. */
export const size = z.string({ error: sizeHint }).transform((text, context) => {
  const match = /^(\d+)\s*(B|KiB|MiB|GiB)$/.exec(text);
  if (match) return Number(match[1]) * (sizes[match[2] ?? ''] ?? 0);
  context.addIssue({ code: 'custom', message: sizeHint() });
  return z.NEVER;
});

function sizeHint(): string {
  return 'must be a size such as 16 KiB or 1 MiB';
}

/** Any number; as a text, too, which is what an environment variable brings. */
export function numeric(min: number, max: number) {
  return z.preprocess(
    (value) => (typeof value === 'string' ? Number(value) : value),
    z.number().min(min).max(max),
  );
}

/** A whole number, also as text: that is what environment variables come as. */
export function whole(min: number, max: number) {
  const hint = `must be a whole number from ${min} to ${max}`;
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value),
    z.int({ error: hint }).min(min, hint).max(max, hint),
  );
}

const port = whole(0, 65_535);

/** Base address of an upstream: scheme, host, port, nothing else. */
export const origin = z.string({ error: originHint }).transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.username)
    return url.origin;
  context.addIssue({ code: 'custom', message: originHint() });
  return z.NEVER;
});

function originHint(): string {
  return 'must be an address such as http://127.0.0.1:4100, without a path';
}

export const listenOn = (defaultPort: number) =>
  optionalSection({
    host: z.string({ error: 'must be a host name or address' }).default('127.0.0.1'),
    port: port.default(defaultPort),
    /** Where other programs reach this listener; made of host and port where it isn't set. */
    publicUrl: unsaid(origin.pipe(publicUrl)),
  });
