import { join } from 'node:path';
import type { ManagedProcess } from '#platform/supervision/managed-process.js';
import { acceptsConnections } from '#platform/supervision/probes.js';
import { writeFileAtomically } from '#platform/supervision/write-file-atomically.js';

/** A NATS account for one process. */
export interface NatsUser {
  user: string;
  password: string;
  /** What it may do; `everything` is for tests, and for a broker that is somebody else's. */
  permissions: NatsPermissions | 'everything';
}

/** Subjects, as NATS matches them: `*` is one token, `>` at the end is one or more. All others are refused. */
export interface NatsPermissions {
  publish: readonly string[];
  subscribe: readonly string[];
  /** It may answer each request that it receives, once, wherever the request wants its answer. */
  answers: boolean;
}

export interface NatsServerOptions {
  /** Path of nats-server. */
  program: string;
  dataDir: string;
  port: number;
  users: readonly NatsUser[];
  dependsOn: readonly string[];
}

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
  return JSON.stringify(
    {
      server_name: 'strangler',
      host: '127.0.0.1',
      port,
      max_payload: 8 * 1024 * 1024,
      jetstream: { store_dir: store },
      authorization: {
        users: users.map(({ user, password, permissions }) => ({
          ...{ user, password },
          ...(permissions === 'everything' ? {} : { permissions: permissionsInConfig(user, permissions) }),
        })),
      },
    },
    null,
    2,
  );
}

/** Longest that an answer may take: after that, the broker lets the account answer no more. */
const answerWithin = '2m';

/**
 * Permissions as the broker's configuration has them.
 * @throws when an account may use no subject of one kind: the broker would read that as every subject
 */
export function permissionsInConfig(user: string, { publish, subscribe, answers }: NatsPermissions): object {
  // An account that publishes nothing but answers still needs a list.
  const allowed = publish.length > 0 ? { allow: publish } : { deny: ['>'] };
  if (subscribe.length === 0)
    throw new Error(`the account ${user} may subscribe to nothing: is it an account at all?`);
  return {
    publish: allowed,
    subscribe: { allow: subscribe },
    ...(answers ? { allow_responses: { max: 1, expires: answerWithin } } : {}),
  };
}

/** The address by which a process reaches the broker; it holds the password. */
export function natsUrl(port: number, { user, password }: Pick<NatsUser, 'user' | 'password'>): string {
  return `nats://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}`;
}
