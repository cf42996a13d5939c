import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(import.meta.dirname, '../..');

/** A system started as a user starts it. */
export interface StartedSystem {
  child: ChildProcess;
  output: () => string;
  /** Exit code. */
  ended: Promise<number | null>;
}

/** How a program is run; what is missing is as for this program itself. */
export interface RunAs {
  /** Path of the Node binary. */
  node?: string;
  environment?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
}

/** Runs `npm start` on free ports. */
export function npmStart(
  dataDir: string,
  options: readonly string[] = [],
  { node = process.execPath, environment = process.env, ...user }: RunAs = {},
): StartedSystem {
  const args = [join(root, 'deploy/bin/start.mjs'), '--data-dir', dataDir, '--ports', 'auto', ...options];
  const child = spawn(node, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
    ...user,
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, ended, output: () => output };
}

/** Waits until the table of addresses is printed. @throws with the output when the program ends before */
export async function untilUp(system: StartedSystem): Promise<void> {
  while (!system.output().includes('\nUp in ')) {
    if (system.child.exitCode !== null) throw new Error(`it ended before it was up:\n${system.output()}`);
    await sleep(50);
  }
}

/** Reads one of the JSON files that a running system keeps, whose values are strings at the top. */
export function readData(dataDir: string, file: string): Record<string, string> {
  return JSON.parse(readFileSync(join(dataDir, file), 'utf8')) as Record<string, string>;
}
