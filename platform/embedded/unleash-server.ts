import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ManagedProcess, OneOffStep, Task } from '#platform/supervision/managed-process.js';
import { privateTemporaryFolder } from '#platform/supervision/private-folder.js';
import { acceptsConnections, answersHttp } from '#platform/supervision/probes.js';
import { pageGuard } from './page-guard.js';
import type { Secrets } from './secrets.js';
import { prepareUnleashDatabase } from './unleash-database/prepare-database.js';

export interface UnleashServerOptions {
  dataDir: string;
  port: number;
  tokens: UnleashTokens;
  adminPassword: string;
  /** Signs its sessions. */
  sessionSecret: string;
  dependsOn: readonly string[];
}

export interface UnleashTokens {
  /** For programs that change flags. */
  admin: string;
  /** For programs that evaluate the flags of the environment `development`. */
  client: string;
}

/** Unleash's tokens name what they may see: `<projects>:<environment>.<secret>`. */
export function unleashTokens(secrets: Secrets): UnleashTokens {
  return {
    admin: `*:*.${secrets('unleash.adminToken')}`,
    client: `default:development.${secrets('unleash.clientToken')}`,
  };
}

/**
 * Unleash and the database that it keeps its flags in, each a process; both talk to nobody outside this machine. Before their
 * first start, a step that creates the database.
 */
export function unleashServer(options: UnleashServerOptions): Task[] {
  const socketFolder = shortFolder(join(options.dataDir, 'unleash-db-socket'));
  const socket = join(socketFolder, '.s.PGSQL.5432');
  const folder = join(options.dataDir, 'unleash-db');
  return [
    databaseFiles(options, folder, socket),
    unleashDatabase(folder, socket),
    unleash(options, socketFolder),
  ];
}

function databaseFiles(
  { dataDir, dependsOn }: UnleashServerOptions,
  folder: string,
  socket: string,
): OneOffStep {
  const log = join(dataDir, 'logs/unleash-files.log');
  return {
    name: 'unleash-files',
    dependsOn,
    run: (signal) => prepareUnleashDatabase({ folder, socket, log }, signal),
  };
}

function unleashDatabase(folder: string, socket: string): ManagedProcess {
  return {
    name: 'unleash-db',
    command: process.execPath,
    args: [fileURLToPath(new URL('unleash-database/main.js', import.meta.url)), folder, socket],
    env: {},
    about: 'where Unleash keeps its flags',
    dependsOn: ['unleash-files'],
    ready: acceptsConnections(socket),
  };
}

function unleash(
  { port, tokens, adminPassword, sessionSecret }: UnleashServerOptions,
  socketFolder: string,
): ManagedProcess {
  const url = `http://127.0.0.1:${port}`;
  return {
    name: 'unleash',
    command: process.execPath,
    args: [
      '--import',
      pageGuard,
      fileURLToPath(new URL('../server.js', import.meta.resolve('unleash-server'))),
    ],
    env: {
      NODE_ENV: 'production',
      TZ: 'UTC',
      LOG_LEVEL: 'warn',
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(port),
      UNLEASH_URL: url,
      DATABASE_HOST: socketFolder,
      DATABASE_PORT: '5432',
      DATABASE_NAME: 'postgres',
      DATABASE_USERNAME: 'postgres',
      DATABASE_PASSWORD: 'unused',
      DATABASE_SSL: 'false',
      // The database is one session: messages of several connections would mix there, and answer each other's queries
      // (electric-sql/pglite issue 1046).
      DATABASE_POOL_MAX: '1',
      INIT_ADMIN_API_TOKENS: tokens.admin,
      INIT_BACKEND_API_TOKENS: tokens.client,
      UNLEASH_DEFAULT_ADMIN_USERNAME: 'admin',
      UNLEASH_DEFAULT_ADMIN_PASSWORD: adminPassword,
      UNLEASH_SECRET: sessionSecret,
      CHECK_VERSION: 'false',
      SEND_TELEMETRY: 'false',
    },
    port,
    url,
    dependsOn: ['unleash-db'],
    ready: answersHttp(`${url}/health`),
  };
}

/** A socket's path may have 107 bytes; where the data folder lies too deep, a folder of this user's own takes its place. */
function shortFolder(folder: string): string {
  if (Buffer.byteLength(folder) < 85) return folder;
  return privateTemporaryFolder(createHash('sha256').update(folder).digest('hex').slice(0, 16));
}
