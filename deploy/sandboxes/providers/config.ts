import { z } from 'zod';
import { readConfig } from '#platform/config/read-config.js';

const schema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4180),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  MYSQL_URL: z.url({ protocol: /^mysql$/, error: 'must be mysql://user:password@host:port/schema' }),
  /** How long a charge with `tok_timeout` is held before it is captured late. */
  LATE_CAPTURE_MS: z.coerce.number().int().min(0).max(600_000).default(30_000),
});

export type ProviderSandboxConfig = z.infer<typeof schema>;

/** The sandbox's environment. @throws AppError `invalid_config` that names every variable that is wrong */
export function readProviderSandboxConfig(environment: NodeJS.ProcessEnv): ProviderSandboxConfig {
  return readConfig('provider-sandbox', schema, environment);
}
