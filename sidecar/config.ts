import { z } from 'zod';
import { eventDays, inboxDays, maxEventsKeptHours } from '#contracts/strangler/retention.js';
import { readConfig } from '#platform/config/read-config.js';
import { publicUrl } from '#platform/discovery/public-address.js';

const schema = z.object({
  HOST: z.string().default('127.0.0.1'),
  /** Of the admin listener: health, metrics, status. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(4200),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  SIDECAR_SIDE: z.enum(['monolith', 'service']),
  /** Capabilities to replicate, comma-separated. */
  SIDECAR_MOVES: z
    .string()
    .transform((list) => list.split(',').map((name) => name.trim()))
    .pipe(z.array(z.string().regex(/^[a-z0-9-]+$/, 'must be names of capabilities, comma-separated')).min(1)),
  /** Module that exports `moves`; relative paths start at the current directory. */
  SIDECAR_MOVES_MODULE: z.string().optional(),
  MYSQL_URL: z.url({ protocol: /^mysql$/, error: 'must be mysql://user:password@host:port/schema' }),
  NATS_URL: z.string().regex(/^nats:\/\//, 'must be nats://[user:password@]host:port'),
  /** Of the program beside: its name in discovery. */
  PROGRAM_NAME: z.string().regex(/^[A-Za-z0-9_-]+$/, 'may have letters, digits, - and _'),
  /** Told to those who find it; semantic. */
  PROGRAM_VERSION: z
    .string()
    .regex(/^\d+\.\d+\.\d+/, 'must be like 1.2.3')
    .default('0.0.0'),
  /** Where gateways reach it: announced in discovery. */
  PROGRAM_URL: publicUrl,
  /** Rows of one chunk of a backfill. */
  BACKFILL_CHUNK_ROWS: z.coerce.number().int().min(1).max(50_000).default(2_000),
  /** Lag above which a backfill waits, in milliseconds. */
  BACKFILL_MOST_LAG: z.coerce.number().int().min(1).default(1_000),
  /** How long events stay in their outbox once they are published: so long their stream may be lost. */
  EVENTS_KEPT_HOURS: z.coerce
    .number()
    .min(1)
    .max(
      maxEventsKeptHours,
      `must be at most ${maxEventsKeptHours}: inboxes remember events for ${inboxDays} days and the stream keeps them for ${eventDays}, so events that are published again when they are older could be handled twice`,
    )
    .default(24),
});

export type SidecarConfig = z.infer<typeof schema>;

/** The sidecar's environment. @throws AppError `invalid_config` that names every variable that is wrong */
export function readSidecarConfig(environment: NodeJS.ProcessEnv): SidecarConfig {
  return readConfig('sidecar', schema, environment);
}
