import { z } from 'zod';
import { keyRingFormat, readKeyRing } from '#platform/crypto/key-ring.js';
import { patienceSchema } from '#platform/config/patience.js';
import { readConfig } from '#platform/config/read-config.js';
import { messageOf } from '#platform/telemetry/message-of.js';

const schema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4104),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  MYSQL_URL: z.url({ protocol: /^mysql$/, error: 'must be mysql://user:password@host:port/schema' }),
  NATS_URL: z
    .url({ protocol: /^nats$/, error: 'must be nats://[user:password@]host:port' })
    .default('nats://127.0.0.1:4222'),
  /** What gateways sign the ids with that they assign. */
  INTERNAL_SIGNING_KEY: z.string().min(32).optional(),
  /** Seal what sagas know, card tokens among it; the first seals, all open. The same for all instances. */
  DATA_KEYS: z
    .string({ error: `is needed, so that no card token is stored in plain text: set it to ${keyRingFormat}` })
    .transform((text, { addIssue }) => {
      try {
        return readKeyRing(text);
      } catch (error) {
        addIssue({ code: 'custom', message: messageOf(error) });
        return z.NEVER;
      }
    }),
  /** Longest that a query waits until it can read what has just been written; then it reads the orders themselves. */
  PROJECTION_WAIT_MS: z.coerce.number().int().min(0).max(5_000).default(500),
  /** Shortest wait for an answer over NATS: on a slow machine, more than each question's own limit. */
  MIN_REQUEST_TIMEOUT_MS: z.coerce.number().int().min(0).max(600_000).default(0),
  PATIENCE: patienceSchema,
  MYSQL_POOL: z.coerce.number().int().min(1).max(200).default(20),
});

export type OrdersConfig = z.infer<typeof schema>;

/** The orders service's environment. @throws AppError `invalid_config` that names every variable that is wrong */
export function readOrdersConfig(environment: NodeJS.ProcessEnv): OrdersConfig {
  return readConfig('orders', schema, environment);
}
