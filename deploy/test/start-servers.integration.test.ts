import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { connect } from 'nats';
import { eventStream, eventSubjects } from '#contracts/strangler/domain-event.js';
import { connectNatsOnce } from '#platform/messaging/connect-nats.js';
import { ensureLog, openLog } from '#platform/messaging/ordered-log.js';
import { processIdentity } from '#platform/supervision/process-identity.js';
import { listProcesses } from '#platform/supervision/list-processes.js';
import { npmStart, readData, type StartedSystem, untilUp } from './npm-start.js';

let folder: string;
let dataDir: string;
let system: StartedSystem;
let addresses: Record<string, string>;
let secrets: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'npm-start-'));
  dataDir = join(folder, 'data');
  await start();
});

afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<void> {
  system = npmStart(dataDir, ['--only', 'servers']);
  await untilUp(system);
  addresses = readData(dataDir, 'addresses.json');
  secrets = readData(dataDir, 'secrets.json');
}

async function stop(): Promise<number | null> {
  system.child.kill('SIGTERM');
  return system.ended;
}

function mysqlAs(user: string, schema = ''): string {
  const url = new URL(`${String(addresses['mysql'])}/${schema}`);
  url.username = user;
  url.password = secrets[`mysql.${user}`] ?? '';
  return url.href;
}

async function query(url: string, sql: string): Promise<unknown> {
  const connection = await createConnection(url);
  try {
    return (await connection.query(sql))[0];
  } finally {
    await connection.end();
  }
}

describe('the servers of a first start', () => {
  it('are told by addresses without passwords', () => {
    expect(addresses).toEqual({
      mysql: expect.stringMatching(/^mysql:\/\/127\.0\.0\.1:\d+$/),
      nats: expect.stringMatching(/^nats:\/\/127\.0\.0\.1:\d+$/),
      unleash: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      mail: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      smtp: expect.stringMatching(/^smtp:\/\/127\.0\.0\.1:\d+$/),
      folder: expect.objectContaining({ path: realpathSync(dataDir) }),
    });
    for (const address of [addresses['mysql'], addresses['unleash'], addresses['mail']])
      expect(system.output()).toContain(address);
  });

  it('keep passwords in files that only their owner reads, and in no command line; one token is printed, once', () => {
    for (const file of ['secrets.json', 'nats.conf', 'mysql-init.sql']) {
      expect({ file, mode: statSync(join(dataDir, file)).mode & 0o777 }).toEqual({ file, mode: 0o600 });
    }
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    // Whoever starts the system for the first time is told the token that makes all others.
    const printed = system.output().split(secrets['control.admin'] ?? 'none');
    expect(printed).toHaveLength(2);
    const shown = [
      readFileSync(join(dataDir, 'processes.json'), 'utf8'),
      printed.join(''),
      JSON.stringify(addresses),
    ];
    const logs = readdirSync(join(dataDir, 'logs')).map((name) =>
      readFileSync(join(dataDir, 'logs', name), 'utf8'),
    );
    for (const [name, secret] of Object.entries(secrets)) {
      const leaks = [...shown, ...logs].filter((text) => text.includes(secret)).length;
      expect({ name, leaks }).toEqual({ name, leaks: 0 });
    }
  });

  it('give each database account its own schema and no other', async () => {
    await query(mysqlAs('inventory', 'inventory'), 'CREATE TABLE kept (id INT PRIMARY KEY)');
    await query(mysqlAs('inventory', 'inventory'), 'INSERT INTO kept VALUES (42)');
    await expect(query(mysqlAs('inventory', 'shop'), 'SELECT 1')).rejects.toThrow('Access denied');
    await expect(query(mysqlAs('monolith', 'shop'), 'SHOW BINARY LOGS')).rejects.toThrow('Access denied');
    await expect(query(mysqlAs('monolith-sidecar', 'shop'), 'SHOW BINARY LOGS')).resolves.not.toHaveLength(0);
  });

  it('let nobody in without a password', async () => {
    const { host } = new URL(String(addresses['nats']));
    await expect(connect({ servers: host, reconnect: false })).rejects.toThrow('Authorization');
    await expect(
      query(`${String(addresses['mysql'])}/`.replace('//', '//root@'), 'SELECT 1'),
    ).rejects.toThrow('Access denied');
    const login = await fetch(`${String(addresses['unleash'])}/auth/simple/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password: 'unleash4all' }),
    });
    expect(login.status).toBe(401);
  });

  it('have a JetStream, and flags that may be changed with the admin token', async () => {
    const sidecar = 'monolith-sidecar';
    const { host } = new URL(String(addresses['nats']));
    const nats = await connectNatsOnce(
      'test',
      `nats://${sidecar}:${secrets[`nats.${sidecar}`] ?? ''}@${host}`,
    );
    expect(await ensureLog(await openLog(nats, eventStream, eventSubjects))).toMatchObject({
      lastSequence: 0,
    });
    await nats.close();
    const response = await fetch(`${String(addresses['unleash'])}/api/admin/projects/default/features`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `*:*.${secrets['unleash.adminToken'] ?? ''}`,
      },
      body: JSON.stringify({ name: 'kept', type: 'operational' }),
    });
    expect(response.status).toBe(201);
  });
});

describe('a second start in the same data folder', () => {
  it('finds nothing left of the first, and has its addresses, passwords and data', async () => {
    const before = { addresses, secrets };
    const pids = (listProcesses(dataDir) ?? []).map(({ pid }) => pid ?? 0);
    expect(await stop()).toBe(0);
    expect(pids.filter((pid) => processIdentity(pid) !== undefined)).toEqual([]);
    expect(existsSync(join(dataDir, 'addresses.json'))).toBe(false);

    await start();
    expect({ addresses, secrets }).toEqual(before);
    expect(await query(mysqlAs('inventory', 'inventory'), 'SELECT id FROM kept')).toEqual([{ id: 42 }]);
    const flags = await fetch(`${String(addresses['unleash'])}/api/admin/projects/default/features`, {
      headers: { authorization: `*:*.${secrets['unleash.adminToken'] ?? ''}` },
    });
    expect(await flags.text()).toContain('kept');
  });

  it('is refused while the first one runs', async () => {
    const second = npmStart(dataDir, ['--only', 'servers']);
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain('already running');
  });
});

describe('a copy of the folder of running servers', () => {
  it('runs beside them, with the same data and passwords, on other ports', async () => {
    const pids = (listProcesses(dataDir) ?? []).map(({ pid }) => pid ?? 0);
    const copy = join(folder, 'copy');
    // Unlike `cpSync`, it copies sockets too.
    execFileSync('cp', ['-a', dataDir, copy]);
    // As MySQL writes it: the original's server is alive.
    writeFileSync(join(copy, 'mysql/mysql.sock.lock'), `${pidOf('mysql')}\n`);
    const original = { system, addresses };
    system = npmStart(copy, ['--only', 'servers']);
    try {
      await untilUp(system);
      addresses = readData(copy, 'addresses.json');
      expect(readData(copy, 'secrets.json')).toEqual(secrets);
      for (const name of ['mysql', 'nats', 'unleash', 'mail', 'smtp'])
        expect(addresses[name]).not.toBe(original.addresses[name]);
      expect(existsSync(join(copy, 'mysql/mysql.sock.lock'))).toBe(false);
      const where = new URL(mysqlAs('strangler_admin'));
      where.password = secrets['mysql.admin'] ?? '';
      expect(await query(where.href, 'SELECT @@datadir AS folder')).toEqual([{ folder: `${copy}/mysql/` }]);
      expect(await query(mysqlAs('inventory', 'inventory'), 'SELECT id FROM kept')).toEqual([{ id: 42 }]);
      await query(mysqlAs('inventory', 'inventory'), 'INSERT INTO kept VALUES (43)');
    } finally {
      await stop();
      ({ system, addresses } = original);
    }
    expect(await query(mysqlAs('inventory', 'inventory'), 'SELECT id FROM kept')).toEqual([{ id: 42 }]);
    expect((listProcesses(dataDir) ?? []).map(({ pid }) => pid ?? 0)).toEqual(pids);
    expect(pids.filter((pid) => processIdentity(pid) === undefined)).toEqual([]);
  });
});

function pidOf(name: string): number {
  return listProcesses(dataDir)?.find((one) => one.name === name)?.pid ?? 0;
}
