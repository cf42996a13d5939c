import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NatsConnection } from 'nats';
import { findProgram } from '#platform/embedded/find-program.js';
import { natsServer } from '#platform/embedded/nats-server.js';
import { connectNatsOnce } from '#platform/messaging/connect-nats.js';
import { freePort, ownProcess } from '../../sidecar/test/support/own-servers.js';
import type { Channel } from '../accounts/channel.js';
import { composeNatsConf } from '../accounts/compose-nats-conf.js';
import { permissionsOf } from '../accounts/permissions-of.js';
import { type BrokerUser, brokerUsers } from '../system/shop-accounts.js';

/** A real broker with the accounts of the system, on a free port. */
export interface RealBroker {
  /** A connection that lasts until the broker ends. */
  connectAs(user: BrokerUser): Promise<NatsConnection>;
  urlFor(user: BrokerUser): string;
  end(): Promise<void>;
}

/** A value like 7e12 would be a number to NATS: the generated passwords begin with a letter. */
const passwordOf = (user: BrokerUser): string => `p7e12-${user}`;

/** @param from the configuration of `npm start`, or that of docker compose; both are made from the table */
export async function startRealBroker(
  from: 'npm start' | 'docker compose',
  table?: readonly Channel[],
): Promise<RealBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'real-broker-'));
  const port = await freePort();
  const program = findProgram(['nats-server'], process.env['PATH'] ?? '') ?? 'nats-server';
  const { args, env } = from === 'npm start' ? embedded() : composed();

  function embedded() {
    const users = brokerUsers.map((user) => ({
      ...{ user, password: passwordOf(user) },
      permissions: permissionsOf(user, table),
    }));
    const server = natsServer({ program, dataDir: folder, port, users, dependsOn: [] });
    return { args: [...server.args], env: process.env };
  }

  function composed() {
    const config = join(folder, 'nats.conf');
    writeFileSync(config, composeNatsConf());
    const passwords = brokerUsers.map((user) => [
      `NATS_PASSWORD_${user.replaceAll('-', '_').toUpperCase()}`,
      passwordOf(user),
    ]);
    return {
      args: [
        ...['--config', config, '--addr', '127.0.0.1', '--port', String(port)],
        ...['--store_dir', join(folder, 'nats'), '--http_port', '0'],
      ],
      env: { ...process.env, ...(Object.fromEntries(passwords) as Record<string, string>) },
    };
  }

  const urlFor = (user: BrokerUser) => `nats://${user}:${passwordOf(user)}@127.0.0.1:${port}`;
  const connections: NatsConnection[] = [];
  const ready = async () => {
    try {
      await (await connectNatsOnce('ready', urlFor('operator'))).close();
      return true;
    } catch {
      return false;
    }
  };
  const server = ownProcess(program, args, ready, env);
  await server.start();
  return {
    async connectAs(user) {
      const connection = await connectNatsOnce('test', urlFor(user));
      connections.push(connection);
      return connection;
    },
    urlFor,
    async end() {
      await Promise.all(connections.map((connection) => connection.close()));
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
