import { z } from 'zod';
import { patienceSchema } from '#platform/config/patience.js';
import { readConfig } from '#platform/config/read-config.js';

const url = (protocol: RegExp, example: string) =>
  z.url({ protocol, error: `must look like ${example}` }).optional();

const time = z.string().regex(/^\d+(\.\d+)?(ms|s|m|h)$/, 'must be a time such as 500ms or 5s');

const schema = z
  .object({
    MYSQL_URL: url(/^mysql$/, 'mysql://admin:password@host:3306/'),
    /** The monolith's own server, where its database is not on that of the services. */
    MONOLITH_MYSQL_URL: url(/^mysql$/, 'mysql://admin:password@host:3306/'),
    NATS_URL: url(/^nats$/, 'nats://user:password@host:4222'),
    UNLEASH_URL: url(/^https?$/, 'https://unleash.example.com'),
    UNLEASH_ADMIN_TOKEN: z.string().optional(),
    UNLEASH_CLIENT_TOKEN: z.string().optional(),
    SMTP_URL: url(/^smtps?$/, 'smtp://user:password@host:587'),
    /** How many times as long as usual everything waits before it gives up: for a slow machine. */
    PATIENCE: patienceSchema,
    /** What of it a gateway may have alone. */
    GATEWAY_ANSWER_TIME: time.default('2s'),
    GATEWAY_PARKING_TIME: time.default('5s'),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
    CI: z.string().optional(),
    PATH: z.string().default(''),
    /** npm sets it for the programs that it runs. */
    npm_lifecycle_event: z.string().optional(),
  })
  .refine(({ UNLEASH_URL, UNLEASH_ADMIN_TOKEN }) => !UNLEASH_URL || UNLEASH_ADMIN_TOKEN, {
    path: ['UNLEASH_ADMIN_TOKEN'],
    error: 'is needed with UNLEASH_URL: make an admin token there, under Admin settings, API access',
  })
  .refine(({ UNLEASH_URL, UNLEASH_CLIENT_TOKEN }) => !UNLEASH_URL || UNLEASH_CLIENT_TOKEN, {
    path: ['UNLEASH_CLIENT_TOKEN'],
    error: 'is needed with UNLEASH_URL: make a backend token for the environment "development" there',
  });

export type LocalConfig = z.infer<typeof schema>;

/** Servers of the user's own, if any. @throws AppError `invalid_config` that names every variable that is wrong */
export function readLocalConfig(environment: NodeJS.ProcessEnv): LocalConfig {
  return readConfig('npm start', schema, environment);
}
