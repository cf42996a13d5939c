import { join } from 'node:path';
import type { ManagedProcess } from '#platform/supervision/managed-process.js';
import { acceptsConnections } from '#platform/supervision/probes.js';
import { writeFileAtomically } from '#platform/supervision/write-file-atomically.js';

/** A NATS account for one process. */
export interface NatsUser {
  user: string;
  password: string;
  /** Not limited to our own subjects; for tests. */
  everySubject?: boolean;
}

export interface NatsServerOptions {
  /** Path of nats-server. */
  program: string;
  dataDir: string;
  port: number;
  users: readonly NatsUser[];
  dependsOn: readonly string[];
}

/** Our own subjects, and those by which JetStream, key-value stores, services and replies work. */
const subjects = ['strangler.>', '$JS.API.>', '$JS.ACK.>', '$JS.FC.>', '$KV.>', '$SRV.>', '_INBOX.>'];

/** The broker on loopback with JetStream; its users stand in a file that only its owner reads. */
export function natsServer({ program, dataDir, port, users, dependsOn }: NatsServerOptions): ManagedProcess {
  const config = join(dataDir, 'nats.conf');
  writeFileAtomically(config, natsConfig(join(dataDir, 'nats'), port, users), 0o600);
  return {
    name: 'nats',
    command: program,
    args: ['--config', config],
    env: {},
    port,
    url: `nats://127.0.0.1:${port}`,
    dependsOn,
    ready: acceptsConnections(port),
  };
}

function natsConfig(store: string, port: number, users: readonly NatsUser[]): string {
  // NATS reads JSON as its own syntax.
  const allowed = { allow: subjects };
  const limits = { permissions: { publish: allowed, subscribe: allowed } };
  return JSON.stringify(
    {
      server_name: 'strangler',
      host: '127.0.0.1',
      port,
      max_payload: 8 * 1024 * 1024,
      jetstream: { store_dir: store },
      authorization: {
        users: users.map(({ user, password, everySubject }) => ({
          user,
          password,
          ...(everySubject ? {} : limits),
        })),
      },
    },
    null,
    2,
  );
}

/** The address by which a process reaches the broker; it holds the password. */
export function natsUrl(port: number, { user, password }: NatsUser): string {
  return `nats://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}`;
}
