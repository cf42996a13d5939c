import { z } from 'zod';
import { patienceSchema } from '#platform/config/patience.js';
import { readConfig } from '#platform/config/read-config.js';

const schema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4102),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  MYSQL_URL: z.url({ protocol: /^mysql$/, error: 'must be mysql://user:password@host:port/schema' }),
  NATS_URL: z
    .url({ protocol: /^nats$/, error: 'must be nats://[user:password@]host:port' })
    .default('nats://127.0.0.1:4222'),
  PATIENCE: patienceSchema,
  MYSQL_POOL: z.coerce.number().int().min(1).max(200).default(20),
  PAYMENT_PROVIDER_URL: z
    .url({ protocol: /^https?$/, error: 'must be http://host:port' })
    .default('http://127.0.0.1:4180'),
  /** Longest wait for the provider to charge a card. */
  PAYMENT_TIMEOUT_MS: z.coerce.number().int().min(50).max(10_000).default(2_000),
  /** Age at which a call to the provider counts as abandoned: far more than any request takes. */
  PAYMENT_RECOVERY_AFTER_MS: z.coerce.number().int().min(100).default(30_000),
  /** Shared with the gateways: ids that they assign are taken if they are signed with it; without it, none is. */
  INTERNAL_SIGNING_KEY: z.string().min(32).optional(),
});

export type PaymentsConfig = z.infer<typeof schema>;

/** The payments service's environment. @throws AppError `invalid_config` that names every variable that is wrong */
export function readPaymentsConfig(environment: NodeJS.ProcessEnv): PaymentsConfig {
  return readConfig('payments', schema, environment);
}
