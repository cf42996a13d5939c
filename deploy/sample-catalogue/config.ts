import { z } from 'zod';
import { readConfig } from '#platform/config/read-config.js';

const schema = z.object({
  /** The shop's schema, with the monolith's account. */
  MYSQL_URL: z.url({ protocol: /^mysql$/, error: 'must be mysql://user:password@host:port/schema' }),
});

export type SampleCatalogueConfig = z.infer<typeof schema>;

/** @throws AppError `invalid_config` that names every variable that is wrong */
export function readSampleCatalogueConfig(environment: NodeJS.ProcessEnv): SampleCatalogueConfig {
  return readConfig('sample-catalogue', schema, environment);
}
