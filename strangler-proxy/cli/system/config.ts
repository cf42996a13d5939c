import { z } from 'zod';
import { patienceSchema } from '#platform/config/patience.js';
import { readConfig } from '#platform/config/read-config.js';
import { usualTimeoutMs } from '../../flags/unleash-request.js';

const schema = z.object({
  PATIENCE: patienceSchema,
  STRANGLER_DATA_DIR: z.string().default('.data'),
  UNLEASH_URL: z.url({ protocol: /^https?$/, error: 'must look like http://127.0.0.1:4242' }).optional(),
  UNLEASH_ADMIN_TOKEN: z.string().optional(),
  UNLEASH_PROJECT: z.string().default('default'),
  UNLEASH_ENVIRONMENT: z.string().default('development'),
  /** Longest wait for one answer of Unleash. */
  UNLEASH_TIMEOUT_MS: z.coerce.number().int().min(100).max(600_000).default(usualTimeoutMs),
  NATS_URL: z
    .url({ protocol: /^nats$/, error: 'must look like nats://user:password@127.0.0.1:4222' })
    .optional(),
  CONTROL_URL: z.url({ protocol: /^https?$/, error: 'must look like http://127.0.0.1:8081' }).optional(),
  CONTROL_TOKEN: z.string().optional(),
  /** A gateway's admin address, instead of looking for all gateways: those of containers can't be reached from outside. */
  GATEWAY_ADMIN_URL: z
    .url({ protocol: /^https?$/, error: 'must look like http://127.0.0.1:8090' })
    .optional(),
  GATEWAY_URL: z.url({ protocol: /^https?$/, error: 'must look like http://127.0.0.1:8080' }).optional(),
  /** The shop's schema in the monolith's database, for an import. */
  SHOP_MYSQL_URL: z
    .url({ protocol: /^mysql$/, error: 'must look like mysql://user:password@127.0.0.1:3306/shop' })
    .optional(),
  /** A schema whose tables are to be guarded by triggers. */
  GUARD_MYSQL_URL: z
    .url({ protocol: /^mysql$/, error: 'must look like mysql://user:password@127.0.0.1:3306/blog' })
    .optional(),
  /** Module that exports `moves`; relative paths start at the current directory. */
  STRANGLER_MOVES: z.string().optional(),
  NO_COLOR: z.string().optional(),
  USER: z.string().optional(),
});

export type CliConfig = z.infer<typeof schema>;

/** What the environment tells the command line. @throws AppError `invalid_config` that names every variable that is wrong */
export function readCliConfig(environment: NodeJS.ProcessEnv): CliConfig {
  return readConfig('strangler', schema, environment);
}
