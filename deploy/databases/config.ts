import { z } from 'zod';
import { readConfig } from '#platform/config/read-config.js';
import { databaseAccounts, type DatabaseUser } from '../system/shop-accounts.js';

/** Name of the variable that holds an account's password, e.g. `MYSQL_PASSWORD_MONOLITH_SIDECAR`. */
function passwordVariable(user: string): string {
  return `MYSQL_PASSWORD_${user.replaceAll('-', '_').toUpperCase()}`;
}

const schema = z.object({
  MYSQL_ADMIN_URL: z.url({ protocol: /^mysql$/, error: 'must be mysql://user:password@host:port/' }),
  ...Object.fromEntries(databaseAccounts.map(({ user }) => [passwordVariable(user), z.string().min(1)])),
});

export interface DatabasesConfig {
  adminUrl: string;
  passwordOf: (user: DatabaseUser) => string;
}

/** @throws AppError `invalid_config` that names every variable that is wrong */
export function readDatabasesConfig(environment: NodeJS.ProcessEnv): DatabasesConfig {
  const config = readConfig('databases', schema, environment);
  const passwords = config as Record<string, string>;
  return { adminUrl: config.MYSQL_ADMIN_URL, passwordOf: (user) => passwords[passwordVariable(user)] ?? '' };
}
