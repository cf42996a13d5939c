import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectSocket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { findProgram } from '#platform/embedded/find-program.js';
import { asRoot, initialiseMysql, temporaryFiles } from '#platform/embedded/mysql/initialise-mysql.js';
import { findMysql } from '#platform/embedded/mysql/mysql-program.js';

/** A server that a test may kill. */
export interface OwnServer {
  url: string;
  /** Ends it as a power cut of the process would. */
  kill(): Promise<void>;
  /** Stops it dead for some milliseconds, as a busy machine might. */
  suspend(milliseconds: number): Promise<void>;
  /** Asks it to end, and waits. @returns its exit code */
  terminate(): Promise<number | null>;
  /** @param options of its command line on top of the usual ones, which they override */
  start(options?: readonly string[]): Promise<void>;
  /** Its files, only to be touched while it is dead. */
  folder: string;
  end(): Promise<void>;
}

const searched = process.env['PATH'] ?? '';

/** A broker with JetStream on a free port. */
export async function ownBroker(): Promise<OwnServer> {
  const folder = await mkdtemp(join(tmpdir(), 'broker-'));
  const port = await freePort();
  const program = findProgram(['nats-server'], searched) ?? 'nats-server';
  const store = join(folder, 'store');
  const server = ownProcess(program, ['-a', '127.0.0.1', '-p', `${port}`, '-js', '-sd', store], () =>
    listening(port),
  );
  await server.start();
  return { ...server, url: `nats://127.0.0.1:${port}`, folder: store, end: () => endWith(server, folder) };
}

/**
 * A database server with its log, on a free port; what was committed survives `kill`.
 * @param durable it survives a power cut as well, which is slower; nothing is handed over without
 */
export async function ownDatabase(durable = false): Promise<OwnServer> {
  const folder = await mkdtemp(join(tmpdir(), 'database-'));
  const port = await freePort();
  const program = await findMysql(searched);
  if (!program) throw new Error('no MariaDB or MySQL server is installed');
  const data = join(folder, 'data');
  await initialiseMysql(program, data);
  const url = `mysql://test:test@127.0.0.1:${port}/`;
  const initFile = join(folder, 'init.sql');
  await writeFile(
    initFile,
    "CREATE USER IF NOT EXISTS 'test'@'127.0.0.1' IDENTIFIED BY 'test';\n" +
      "GRANT ALL PRIVILEGES ON *.* TO 'test'@'127.0.0.1' WITH GRANT OPTION;\n",
  );
  const settings = [
    '--no-defaults',
    ...asRoot(),
    `--tmpdir=${temporaryFiles(data)}`,
    `--datadir=${data}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--socket=own.sock',
    '--server-id=1',
    '--log-bin=binlog',
    '--binlog-format=ROW',
    '--binlog-row-image=FULL',
    '--binlog-row-metadata=FULL',
    `--innodb-flush-log-at-trx-commit=${durable ? 1 : 2}`,
    `--sync-binlog=${durable ? 1 : 0}`,
    `--init-file=${initFile}`,
    ...(program.flavour === 'mysql'
      ? ['--gtid-mode=ON', '--enforce-gtid-consistency=ON', '--mysqlx=OFF']
      : []),
  ];
  const server = ownProcess(program.path, settings, () => loginWorks(url));
  await server.start();
  return { ...server, url, folder: data, end: () => endWith(server, folder) };
}

/** Copies a dead server's files, to bring an older state back later. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await cp(from, to, { recursive: true });
}

/** Looks whether a program is up, 50 milliseconds apart: far more than a slow machine needs. */
const mostAttempts = 6_000;

/** A program under the test's control. @param ready resolves to true once it can be used */
export function ownProcess(
  command: string,
  args: string[],
  ready: () => Promise<boolean>,
  env: NodeJS.ProcessEnv = process.env,
): Pick<OwnServer, 'start' | 'kill' | 'suspend' | 'terminate'> {
  let child: ChildProcess | undefined;

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    return child.exitCode;
  }

  return {
    async start(options = []) {
      child = spawn(command, [...args, ...options], {
        stdio: process.env['TEST_LOG_LEVEL'] ? 'inherit' : 'ignore',
        env,
      });
      for (let attempt = 0; !(await ready()); attempt += 1) {
        if (child.exitCode !== null || attempt > mostAttempts) throw new Error(`${command} did not start`);
        await sleep(50);
      }
    },
    kill: () => end('SIGKILL').then(() => undefined),
    terminate: () => end('SIGTERM'),
    async suspend(milliseconds) {
      child?.kill('SIGSTOP');
      await sleep(milliseconds);
      child?.kill('SIGCONT');
    },
  };
}

async function endWith(server: Pick<OwnServer, 'kill'>, folder: string): Promise<void> {
  await server.kill();
  await rm(folder, { recursive: true, force: true });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

function listening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function loginWorks(url: string): Promise<boolean> {
  try {
    const connection = await createConnection(url);
    await connection.end();
    return true;
  } catch {
    return false;
  }
}
