import { z } from 'zod';
import { patienceSchema } from '#platform/config/patience.js';
import { readConfig } from '#platform/config/read-config.js';

const schema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4101),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  MYSQL_URL: z.url({ protocol: /^mysql$/, error: 'must be mysql://user:password@host:port/schema' }),
  NATS_URL: z
    .url({ protocol: /^nats$/, error: 'must be nats://[user:password@]host:port' })
    .default('nats://127.0.0.1:4222'),
  /** Shortest wait for an answer over NATS: on a slow machine, more than each question's own limit. */
  MIN_REQUEST_TIMEOUT_MS: z.coerce.number().int().min(0).max(600_000).default(0),
  PATIENCE: patienceSchema,
  MYSQL_POOL: z.coerce.number().int().min(1).max(200).default(20),
});

export type InventoryConfig = z.infer<typeof schema>;

/** The inventory service's environment. @throws AppError `invalid_config` that names every variable that is wrong */
export function readInventoryConfig(environment: NodeJS.ProcessEnv): InventoryConfig {
  return readConfig('inventory', schema, environment);
}
