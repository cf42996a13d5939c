import { z } from 'zod';
import { readConfig } from '#platform/config/read-config.js';

const schema = z.looseObject({
  /** Where the servers' programs are found. */
  PATH: z.string().default(''),
});

/** The bench's environment: all of it is passed on to the shop that it starts. */
export function readBenchConfig(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return readConfig('bench', schema, environment) as NodeJS.ProcessEnv;
}
