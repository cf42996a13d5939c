import { z } from 'zod';
import { readConfig } from '#platform/config/read-config.js';

const schema = z.object({
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

/** What the process itself takes from its environment; everything else stands in the file that --config names. */
export function readEnvironment(environment: NodeJS.ProcessEnv): { logLevel: string } {
  return { logLevel: readConfig('the gateway', schema, environment).LOG_LEVEL };
}
