import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../../tests/support/until.js';
import { assignPorts } from '../assign-ports.js';
import { listProcesses, type ProcessRow } from '../list-processes.js';

/** A running `supervised-system.ts`. */
export interface System {
  dataDir: string;
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

const systems: System[] = [];

/**
 * Starts a small system as a process of its own.
 * @param ports documented ports of its programs `base` and `top`
 * @param behaviour how `top` behaves
 */
export function startSystem(dataDir: string, ports: readonly number[], behaviour = 'obedient'): System {
  const program = join(import.meta.dirname, 'supervised-system.ts');
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', program, dataDir, ...ports.map(String), behaviour],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const system = { dataDir, child, output: () => output, ended };
  systems.push(system);
  return system;
}

/** Ends all that a test has started. */
export async function stopSystems(): Promise<void> {
  for (const { child, ended } of systems.splice(0)) {
    child.kill('SIGTERM');
    await ended;
  }
}

/** @throws with what the system has printed when it ends before it is ready */
export async function untilReady(system: System): Promise<System> {
  await untilPrinted(system, 'all ready');
  return system;
}

/** @throws with what the system has printed when it ends before that */
export async function untilPrinted({ child, output }: System, text: string): Promise<void> {
  await until(`the system prints "${text}"`, () => {
    if (output().includes(text)) return true;
    if (child.exitCode === null) return false;
    throw new Error(`it has ended without printing "${text}":\n${output()}`);
  });
}

/** Two free ports. */
export async function freePorts(folder: string): Promise<[number, number]> {
  const { ports, release } = await assignPorts(folder, { base: 0, top: 0 }, true);
  release();
  rmSync(join(folder, 'ports.json'));
  return [ports.base, ports.top];
}

/** @throws when the folder's system has no running process of that name */
export function processNamed(dataDir: string, name: string): ProcessRow & { pid: number } {
  const row = listProcesses(dataDir)?.find((one) => one.name === name);
  if (!row?.pid) throw new Error(`${name} has no pid`);
  return { ...row, pid: row.pid };
}

export function allPids(dataDir: string): number[] {
  return (listProcesses(dataDir) ?? []).flatMap(({ pid }) => (pid === null ? [] : [pid]));
}
