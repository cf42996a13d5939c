import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { choosePort } from '../choose-port.js';
import { killGroup } from '../end-process.js';
import { listProcesses, type ProcessRow } from '../list-processes.js';
import { processIdentity } from '../process-identity.js';

interface System {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

let folder: string;
let ports: [number, number];
const systems: System[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'supervisor-'));
  const base = await choosePort({ wanted: 'any', before: undefined }, new Set());
  ports = [base, await choosePort({ wanted: 'any', before: undefined }, new Set([base]))];
});

afterEach(async () => {
  for (const { child, ended } of systems.splice(0)) {
    child.kill('SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true });
});

function start(behaviour: string): System {
  const program = join(import.meta.dirname, 'supervised-system.ts');
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', program, folder, ...ports.map(String), behaviour],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const system = { child, output: () => output, ended };
  systems.push(system);
  return system;
}

async function startReady(behaviour: string): Promise<System> {
  const system = start(behaviour);
  await until(() => system.output().includes('all ready'), system);
  return system;
}

async function until(condition: () => boolean, system: System): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`it never came to pass; the system said:\n${system.output()}`);
    await sleep(20);
  }
}

function processNamed(name: string): ProcessRow & { pid: number } {
  const row = listProcesses(folder)?.find((one) => one.name === name);
  if (!row?.pid) throw new Error(`${name} has no pid`);
  return { ...row, pid: row.pid };
}

const isGone = (pid: number) => processIdentity(pid) === undefined;

describe('a supervised process that dies', () => {
  it('is started again on its port, and that is said', async () => {
    const system = await startReady('obedient');
    const before = processNamed('top');
    process.kill(before.pid, 'SIGKILL');
    await until(() => system.output().includes('back: top'), system);
    expect(system.output()).toContain('died: top signal SIGKILL');
    const after = processNamed('top');
    expect(after).toMatchObject({ port: before.port, restarts: 1, state: 'ready' });
    expect(after.pid).not.toBe(before.pid);
  });

  it('takes its workers along, since they would keep its port', async () => {
    const system = await startReady('stubborn');
    const worker = workerOf('top');
    process.kill(processNamed('top').pid, 'SIGKILL');
    await until(() => isGone(worker), system);
  });

  it('fails the start with its last words when it never becomes ready', async () => {
    const system = start('broken');
    expect(await system.ended).toBe(1);
    expect(system.output()).toMatch(/top can't be started: exit code 3[^]*no such table: orders/);
    expect(listProcesses(folder)).toBeUndefined();
  });
});

describe('the end of a system', () => {
  it('leaves nothing behind, not even what ignores SIGTERM', async () => {
    const system = await startReady('stubborn');
    const pids = [...allPids(), workerOf('top')];
    expect(pids).toHaveLength(4);
    system.child.kill('SIGTERM');
    expect(await system.ended).toBe(0);
    expect(pids.filter((pid) => !isGone(pid))).toEqual([]);
  });

  it('comes to dependants before what they depend on', async () => {
    const system = await startReady('stubborn');
    const [base, top] = [processNamed('base').pid, processNamed('top').pid];
    system.child.kill('SIGTERM');
    await until(() => processNamed('top').state === 'stopping', system);
    expect(isGone(base)).toBe(false);
    await system.ended;
    expect([isGone(base), isGone(top)]).toEqual([true, true]);
  });

  it('comes by the guard when the supervisor is killed', async () => {
    const system = await startReady('stubborn');
    const pids = [...allPids(), workerOf('top')];
    system.child.kill('SIGKILL');
    await until(() => pids.every(isGone), system);
  });

  it('comes by the next start when the guard was killed too', async () => {
    const system = await startReady('stubborn');
    const pids = allPids();
    const guard = processNamed('guard').pid;
    system.child.kill('SIGSTOP');
    killGroup(guard);
    system.child.kill('SIGKILL');
    await system.ended;
    const left = pids.filter((pid) => pid !== guard);
    expect(left.filter(isGone)).toEqual([]);
    const next = await startReady('obedient');
    expect(next.output()).toContain('leftovers: top, base');
    expect(left.filter((pid) => !isGone(pid))).toEqual([]);
  });
});

describe('a second system in the same data folder', () => {
  it('is refused while the first one runs', async () => {
    await startReady('obedient');
    const pids = allPids();
    const second = start('obedient');
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain('A system is already running');
    expect(pids.filter(isGone)).toEqual([]);
  });
});

function allPids(): number[] {
  return (listProcesses(folder) ?? []).flatMap(({ pid }) => (pid === null ? [] : [pid]));
}

function workerOf(name: string): number {
  return Number(/worker (\d+)/.exec(readFileSync(processNamed(name).log, 'utf8'))?.[1]);
}
