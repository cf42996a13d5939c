import { z } from 'zod';
import { readConfig } from '#platform/config/read-config.js';

const schema = z.object({
  STRANGLER_DATA_DIR: z.string().default('.data'),
  UNLEASH_URL: z.url({ protocol: /^https?$/, error: 'must look like http://127.0.0.1:4242' }).optional(),
  UNLEASH_ADMIN_TOKEN: z.string().optional(),
  UNLEASH_PROJECT: z.string().default('default'),
  UNLEASH_ENVIRONMENT: z.string().default('development'),
  NATS_URL: z
    .url({ protocol: /^nats$/, error: 'must look like nats://user:password@127.0.0.1:4222' })
    .optional(),
  CONTROL_URL: z.url({ protocol: /^https?$/, error: 'must look like http://127.0.0.1:8081' }).optional(),
  CONTROL_TOKEN: z.string().optional(),
  NO_COLOR: z.string().optional(),
  USER: z.string().optional(),
});

export type CliConfig = z.infer<typeof schema>;

/** What the environment tells the command line. @throws AppError `invalid_config` that names every variable that is wrong */
export function readCliConfig(environment: NodeJS.ProcessEnv): CliConfig {
  return readConfig('strangler', schema, environment);
}
