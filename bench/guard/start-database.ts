import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { findMysql } from '#platform/embedded/mysql/mysql-program.js';
import { mysqlAdminUrl, mysqlServer } from '#platform/embedded/mysql/mysql-server.js';

/** A database server for one run. */
export interface BenchDatabase {
  adminUrl: string;
  pid: number;
  stop(): Promise<void>;
}

const adminPassword = 'bench';

/** Starts a database server with data of its own. @throws where none is installed */
export async function startDatabase(
  dataDir: string,
  path: string,
  durability: 'full' | 'fast',
): Promise<BenchDatabase> {
  const program = await findMysql(path);
  if (!program) throw new Error('MariaDB or MySQL is not installed: "npm start" installs it');
  const port = await freePort();
  const [files, server] = mysqlServer({ program, dataDir, port, adminPassword, durability, dependsOn: [] });
  await files.run(new AbortController().signal);
  const child = spawn(server.command, server.args, { stdio: 'ignore' });
  await untilReady(child, () => server.ready(new AbortController().signal));
  return {
    adminUrl: mysqlAdminUrl(port, adminPassword),
    pid: child.pid ?? 0,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function untilReady(child: ChildProcess, ready: () => Promise<unknown>): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the database server has ended with ${child.exitCode}`);
    try {
      await ready();
      return;
    } catch {
      await sleep(200);
    }
  }
}
