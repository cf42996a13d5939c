import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { programArguments } from '../../support/program-arguments.js';
import { until } from '../../support/until.js';
import { wideProgramEnvironment } from '../../support/wide-limits.js';

/** A program of ours, and each character that it has written. */
export interface ObservedProgram {
  url(): string;
  written(): string;
  /** Its exit code, once it has ended by itself. */
  ended: Promise<unknown>;
  terminate(): Promise<void>;
}

/** Starts it, with its most talkative log, and does not wait until it listens. */
export function observeProgram(main: URL, environment: Record<string, string>): ObservedProgram {
  const child: ChildProcess = spawn(process.execPath, programArguments(fileURLToPath(main)), {
    env: {
      ...{ PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'trace' },
      ...wideProgramEnvironment,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text: Buffer) => (written += text.toString()));
  const ended = once(child, 'close').then(([code]) => code as unknown);
  return {
    url: () => `http://127.0.0.1:${/"port":(\d+)/.exec(written)?.[1] ?? ''}`,
    written: () => written,
    ended,
    async terminate() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

export async function untilItListens(program: ObservedProgram): Promise<void> {
  await until('the program listens', () => program.written().includes('is listening'));
}

/** The database under an address of its own, behind which it can vanish. */
export interface VanishingServer {
  port: number;
  vanish(): Promise<void>;
  comeBack(): Promise<void>;
}

export async function startVanishingServer(target: URL): Promise<VanishingServer> {
  const open = new Set<Socket>();
  const pass = (client: Socket): void => {
    const server = connect(Number(target.port || 3306), target.hostname);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy()).on('close', () => open.delete(one));
    }
    client.pipe(server).pipe(client);
  };
  let server: Server;
  let port = 0;
  const listen = async (): Promise<void> => {
    server = createServer(pass).listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as { port: number }).port;
  };
  await listen();
  return {
    port,
    async vanish() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
    comeBack: listen,
  };
}
