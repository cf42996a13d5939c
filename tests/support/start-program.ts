import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { programArguments } from './program-arguments.js';
import { wideProgramEnvironment } from './wide-limits.js';

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
 * Runs a program of ours as a process of its own, on a free port. Limits that the environment
 * leaves out are wide.
 * @param main its composition root; says the port that it listens at in its log
 * @param heard is given all that its log says
 */
export async function startProgram(
  main: URL,
  environment: Record<string, string>,
  heard: (entry: Record<string, unknown>) => void = () => undefined,
): Promise<RunningProgram> {
  const child = spawn(process.execPath, programArguments(fileURLToPath(main)), {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      LOG_LEVEL: 'info',
      ...wideProgramEnvironment,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  return {
    url: `http://127.0.0.1:${await listeningPort(child, main, heard)}`,
    terminate: () => end('SIGTERM'),
    pause: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    kill: () => end('SIGKILL'),
  };
}

function listeningPort(
  child: ChildProcess,
  main: URL,
  heard: (entry: Record<string, unknown>) => void,
): Promise<number> {
  const lines = createInterface({ input: child.stdout! });
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const entry = JSON.parse(line) as Record<string, unknown>;
      heard(entry);
      if (typeof entry['port'] === 'number') resolve(entry['port']);
    });
    lines.once('close', () => reject(new Error(`${main.pathname} has ended before it listened`)));
  });
}
