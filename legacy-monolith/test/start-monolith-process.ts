import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';

export interface MonolithProcess {
  url: string;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

/** The monolith as a process of its own, from the sources, on a free port. */
export async function startMonolithProcess(environment: Record<string, string>): Promise<MonolithProcess> {
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', fileURLToPath(new URL('../main.ts', import.meta.url))],
    {
      env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'info', ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  return {
    url: `http://127.0.0.1:${await listeningPort(child)}`,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function listeningPort(child: ChildProcess): Promise<number> {
  const lines = createInterface({ input: child.stdout! });
  for await (const line of lines) {
    const { port } = JSON.parse(line) as { port?: number };
    if (port !== undefined) {
      child.stdout!.resume();
      return port;
    }
  }
  throw new Error('the monolith has ended before it listened');
}
