import { z } from 'zod';
import { patienceSchema } from '#platform/config/patience.js';
import { readConfig } from '#platform/config/read-config.js';

const http = z.url({ protocol: /^https?$/, error: 'must be http://host:port' });

const schema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4100),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  MYSQL_URL: z.url({ protocol: /^mysql$/, error: 'must be mysql://user:password@host:port/schema' }),
  PATIENCE: patienceSchema,
  MYSQL_POOL: z.coerce.number().int().min(1).max(200).default(20),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'must be smtp://[user:password@]host:port' })
    .default('smtp://127.0.0.1:1025'),
  MAIL_FROM: z.string().min(3).default('Shop <orders@shop.example>'),
  PAYMENT_PROVIDER_URL: http.default('http://127.0.0.1:4180'),
  SMS_PROVIDER_URL: http.default('http://127.0.0.1:4180'),
  /** Longest wait for the provider to charge a card. A waiting order holds its rows' locks, so it is short. */
  PAYMENT_TIMEOUT_MS: z.coerce.number().int().min(50).max(3_000).default(2_000),
  /** Shared with the gateways: ids that they assign are taken if they are signed with it; without it, none is. */
  INTERNAL_SIGNING_KEY: z.string().min(32).optional(),
  PAYMENT_RECOVERY_AFTER_MS: z.coerce.number().int().min(100).default(30_000),
  /** Where the services are asked; without it the monolith works with what it owns. */
  NATS_URL: z.url({ protocol: /^nats$/, error: 'must be nats://[user:password@]host:port' }).optional(),
  /** Shortest wait for an answer over NATS: on a slow machine, more than each question's own limit. */
  MIN_REQUEST_TIMEOUT_MS: z.coerce.number().int().min(0).max(600_000).default(0),
  /** How long a write waits for the owner of what it changes. */
  OWNER_TIMEOUT_MS: z.coerce.number().int().min(0).max(600_000).default(5_000),
  /** Age at which what an order has asked of a service counts as abandoned: far more than it waits for the services. */
  STOCK_RECOVERY_AFTER_MS: z.coerce.number().int().min(100).default(10_000),
});

export type MonolithConfig = z.infer<typeof schema>;

/** The monolith's environment. @throws AppError `invalid_config` that names every variable that is wrong */
export function readMonolithConfig(environment: NodeJS.ProcessEnv): MonolithConfig {
  return readConfig('monolith', schema, environment);
}
