import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from 'nats';
import { findProgram } from '#platform/embedded/find-program.js';
import { assignPorts } from '#platform/supervision/assign-ports.js';
import { acceptsConnections } from '#platform/supervision/probes.js';
import { waitUntilReady } from '#platform/supervision/wait-until-ready.js';
import { brokerUsers } from '../local/shop-accounts.js';

let folder: string;
let port: number;
let release: () => void;
let server: ChildProcess;
const connections: NatsConnection[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'compose-nats-'));
  const assigned = await assignPorts(folder, { nats: 4222 }, true);
  port = assigned.ports.nats;
  release = assigned.release;
  // A value like 7e12 would be a number to NATS: the generated passwords begin with a letter.
  const passwords = brokerUsers.map((user) => [
    `NATS_PASSWORD_${user.replaceAll('-', '_').toUpperCase()}`,
    `p7e12-${user}`,
  ]);
  const config = join(import.meta.dirname, '../compose/nats.conf');
  const args = [
    '--config',
    config,
    '--addr',
    '127.0.0.1',
    '--port',
    String(port),
    '--store_dir',
    folder,
    '--http_port',
    '0',
  ];
  server = spawn(findProgram(['nats-server'], process.env['PATH'] ?? '') ?? '', args, {
    env: Object.fromEntries(passwords) as Record<string, string>,
    stdio: 'ignore',
  });
  await waitUntilReady(acceptsConnections(port), 10_000, new AbortController().signal);
});

afterAll(async () => {
  await Promise.all(connections.map((connection) => connection.close()));
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await ended;
  release();
  rmSync(folder, { recursive: true });
});

async function connectAs(user: string, pass: string): Promise<NatsConnection> {
  const connection = await connect({ servers: `127.0.0.1:${port}`, user, pass, reconnect: false });
  connections.push(connection);
  return connection;
}

describe('the configuration of NATS for docker compose', () => {
  it.each(brokerUsers)('lets %s in with the password from its environment, and no other', async (user) => {
    await connectAs(user, `p7e12-${user}`);
    await expect(connectAs(user, 'p7e12')).rejects.toThrow('Authorization');
  });

  it('gives them JetStream, and the subjects of this system only', async () => {
    const connection = await connectAs('gateway', 'p7e12-gateway');
    await (
      await connection.jetstreamManager()
    ).streams.add({ name: 'changes', subjects: ['strangler.changes'] });
    const refused = (async () => {
      for await (const status of connection.status())
        if (status.type === 'error') return status.permissionContext;
      return undefined;
    })();
    connection.publish('somebody.elses');
    expect(await refused).toMatchObject({ operation: 'publish', subject: 'somebody.elses' });
  });
});
