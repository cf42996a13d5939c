import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { listProcesses } from '#platform/supervision/list-processes.js';
import { type OwnServer, ownBroker } from '../../sidecar/test/support/own-servers.js';
import { databaseAccounts } from '../system/shop-accounts.js';
import { npmStart, readData, type StartedSystem, untilUp } from './npm-start.js';

let folder: string;
let broker: OwnServer;
let servers: StartedSystem;
/** What a user sets who has servers already. */
let given: Record<
  'MYSQL_URL' | 'NATS_URL' | 'UNLEASH_URL' | 'UNLEASH_ADMIN_TOKEN' | 'UNLEASH_CLIENT_TOKEN' | 'SMTP_URL',
  string
>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'given-servers-'));
  broker = await ownBroker();
  const dataDir = join(folder, 'servers');
  servers = npmStart(dataDir, ['--only', 'servers']);
  await untilUp(servers);
  const addresses = readData(dataDir, 'addresses.json');
  const secrets = readData(dataDir, 'secrets.json');
  const withAccount = (address: string | undefined, user: string, secret: string) =>
    (address ?? '').replace('://', `://${user}:${secrets[secret] ?? ''}@`);
  given = {
    MYSQL_URL: withAccount(addresses['mysql'], 'strangler_admin', 'mysql.admin'),
    // With one account for everything, unlike the broker that `npm start` runs.
    NATS_URL: broker.url,
    UNLEASH_URL: addresses['unleash'] ?? '',
    UNLEASH_ADMIN_TOKEN: `*:*.${secrets['unleash.adminToken'] ?? ''}`,
    UNLEASH_CLIENT_TOKEN: `default:development.${secrets['unleash.clientToken'] ?? ''}`,
    SMTP_URL: addresses['smtp'] ?? '',
  };
});

afterAll(async () => {
  servers.child.kill('SIGTERM');
  await servers.ended;
  await broker.end();
  rmSync(folder, { recursive: true });
});

async function onMysql(statements: string[]): Promise<void> {
  const connection = await createConnection(given.MYSQL_URL);
  for (const statement of statements) await connection.query(statement);
  await connection.end();
}

async function failedStart(environment: Record<string, string>): Promise<string> {
  const system = npmStart(join(folder, 'refused'), [], {
    environment: { ...process.env, ...environment },
  });
  expect(await system.ended).toBe(1);
  return system.output();
}

describe("servers of the user's own", () => {
  it('are refused with what to set while changes can not be captured from them', async () => {
    await onMysql(['SET GLOBAL binlog_row_image = MINIMAL']);
    const output = await failedStart(given);
    await onMysql(['SET GLOBAL binlog_row_image = FULL']);
    expect(output).toContain('binlog_row_image is MINIMAL; set binlog_row_image=FULL');
  });

  it('keep their accounts: one of the same name with another password is never changed', async () => {
    expect(await failedStart(given)).toContain(
      "monolith on your MySQL server can't log in with the password kept in",
    );
  });

  it('are asked with the token that was given', async () => {
    expect(await failedStart({ ...given, UNLEASH_ADMIN_TOKEN: '*:*.wrong' })).toContain(
      'answers 401 to UNLEASH_ADMIN_TOKEN',
    );
  });

  it('are used, and none is started', async () => {
    await onMysql(
      databaseAccounts.flatMap(({ user }) => [`DROP USER '${user}'@'127.0.0.1'`, `DROP USER '${user}'@'%'`]),
    );
    const dataDir = join(folder, 'shop');
    const system = npmStart(dataDir, [], { environment: { ...process.env, ...given } });
    await untilUp(system);
    const { gateway = '', mysql = '' } = readData(dataDir, 'addresses.json');
    const running = (listProcesses(dataDir) ?? []).map(({ name }) => name);
    const answer = await fetch(`${gateway}/inventory?limit=1`);
    system.child.kill('SIGTERM');
    expect(await system.ended).toBe(0);
    expect(answer.status).toBe(200);
    expect(given.MYSQL_URL).toContain(mysql.replace('mysql://', ''));
    expect(running).toContain('gateway');
    for (const name of ['mysql', 'nats', 'unleash', 'unleash-db', 'mail'])
      expect(running).not.toContain(name);
  });
});
