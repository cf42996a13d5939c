import { provisionMysql } from '#platform/embedded/mysql/provision-mysql.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { databaseAccounts } from '../system/shop-accounts.js';
import { readDatabasesConfig } from './config.js';

// Creates the shop's schemas and accounts on a server that belongs to this installation alone, then ends.
const logger = createLogger('databases');
const { adminUrl, passwordOf } = readDatabasesConfig(process.env);
const accounts = databaseAccounts.map((account) => ({ ...account, password: passwordOf(account.user) }));
await provisionMysql({ adminUrl, accountHost: '%', ownServer: true }, accounts);
logger.info(
  { accounts: accounts.map(({ user, schema }) => `${user}@${schema}`) },
  'schemas and accounts are there',
);
