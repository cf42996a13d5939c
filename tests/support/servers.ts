import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { wideMs } from './wide-limits.js';

/** Addresses of the real servers that `npm test` starts for the integration tests. */
export interface TestServers {
  /** A MySQL account that may create schemas and users; no schema in the path. */
  mysqlUrl: string;
  natsUrl: string;
  unleashUrl: string;
  unleashAdminToken: string;
  unleashClientToken: string;
  smtpUrl: string;
  /** Web page and JSON API of the mail server. */
  mailUrl: string;
}

/**
 * The servers of this test run.
 * @throws when a test is run without them: `npm test -- <path>` starts them.
 */
export function testServers(): TestServers {
  return {
    mysqlUrl: address('TEST_MYSQL_URL'),
    natsUrl: address('TEST_NATS_URL'),
    unleashUrl: address('TEST_UNLEASH_URL'),
    unleashAdminToken: address('TEST_UNLEASH_ADMIN_TOKEN'),
    unleashClientToken: address('TEST_UNLEASH_CLIENT_TOKEN'),
    smtpUrl: address('TEST_SMTP_URL'),
    mailUrl: address('TEST_MAIL_URL'),
  };
}

function address(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(`${name} is not set: run this test by "npm test -- <path>", which starts the servers`);
  return value;
}

/** A schema of its own for one suite, and the way to drop it again. */
export interface TestDatabase {
  url: string;
  schema: string;
  drop(): Promise<void>;
}

/**
 * Creates an empty schema with a unique name, so that suites never see each other's rows.
 * @param prefix start of the schema's name, for people who look at the server
 */
export async function createTestDatabase(prefix: string): Promise<TestDatabase> {
  const { mysqlUrl } = testServers();
  const schema = `${prefix}_${randomBytes(4).toString('hex')}`;
  await query(mysqlUrl, `CREATE DATABASE \`${schema}\` CHARACTER SET utf8mb4`);
  const url = new URL(mysqlUrl);
  url.pathname = `/${schema}`;
  return { url: url.href, schema, drop: () => query(mysqlUrl, `DROP DATABASE IF EXISTS \`${schema}\``) };
}

async function query(url: string, sql: string): Promise<void> {
  const connection = await createConnection({ uri: url, connectTimeout: wideMs });
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}
