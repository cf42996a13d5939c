import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface RunningProgram {
  url: string;
  /** Asks it to end, and waits until it has. */
  terminate(): Promise<void>;
  /** Stops it from running, without ending it. */
  pause(): void;
  goOn(): void;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

/**
 * Runs a program of ours as a process of its own, from the sources, on a free port.
 * @param main its composition root; says the port that it listens at in its log
 */
export async function startProgram(main: URL, environment: Record<string, string>): Promise<RunningProgram> {
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', fileURLToPath(main)], {
    env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'info', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  return {
    url: `http://127.0.0.1:${await listeningPort(child, main)}`,
    terminate: () => end('SIGTERM'),
    pause: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    kill: () => end('SIGKILL'),
  };
}

async function listeningPort(child: ChildProcess, main: URL): Promise<number> {
  const lines = createInterface({ input: child.stdout! });
  for await (const line of lines) {
    const { port } = JSON.parse(line) as { port?: number };
    if (port !== undefined) {
      child.stdout!.resume();
      return port;
    }
  }
  throw new Error(`${main.pathname} has ended before it listened`);
}
