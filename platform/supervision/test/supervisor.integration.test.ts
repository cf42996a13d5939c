import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../tests/support/until.js';
import { killGroup } from '../end-process.js';
import { listProcesses } from '../list-processes.js';
import { processIdentity } from '../process-identity.js';
import {
  allPids as pidsOf,
  freePorts,
  processNamed as processOf,
  startSystem,
  stopSystems,
  untilPrinted,
  untilReady,
} from './start-system.js';

let folder: string;
let ports: [number, number];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'supervisor-'));
  ports = await freePorts(folder);
});

afterEach(async () => {
  await stopSystems();
  rmSync(folder, { recursive: true });
});

const start = (behaviour: string) => startSystem(folder, ports, behaviour);
const startReady = (behaviour: string) => untilReady(start(behaviour));
const processNamed = (name: string) => processOf(folder, name);
const allPids = () => pidsOf(folder);
const isGone = (pid: number) => processIdentity(pid) === undefined;

describe('a supervised process that dies', () => {
  it('is started again on its port, and that is said', async () => {
    const system = await startReady('obedient');
    const before = processNamed('top');
    process.kill(before.pid, 'SIGKILL');
    await untilPrinted(system, 'back: top');
    expect(system.output()).toContain('died: top signal SIGKILL');
    const after = processNamed('top');
    expect(after).toMatchObject({ port: before.port, restarts: 1, state: 'ready' });
    expect(after.pid).not.toBe(before.pid);
  });

  it('takes its workers along, since they would keep its port', async () => {
    await startReady('stubborn');
    const worker = workerOf('top');
    process.kill(processNamed('top').pid, 'SIGKILL');
    await until('its worker is gone', () => isGone(worker));
  });

  it('fails the start with its last words when it never becomes ready', async () => {
    const system = start('broken');
    expect(await system.ended).toBe(1);
    expect(system.output()).toMatch(/top can't be started: exit code 3[^]*no such table: orders/);
    expect(listProcesses(folder)).toBeUndefined();
  });
});

describe('a first start that takes longer than the limit', () => {
  it('is waited for while the program works', async () => {
    const system = await startReady('hardworking');
    expect(system.output()).toContain('done: top');
  });

  it('fails, with the reason, when the program does nothing', async () => {
    const system = start('idle');
    expect(await system.ended).toBe(1);
    expect(system.output()).toMatch(
      /top can't be started: not ready after \d+ s, and does next to nothing: .*ECONNREFUSED/,
    );
  });
});

describe('a program whose log can not be written', () => {
  it('fails the start, which says so', async () => {
    mkdirSync(join(folder, 'logs/top.log'), { recursive: true });
    const system = start('obedient');
    expect(await system.ended).toBe(1);
    expect(system.output()).toMatch(/top can't be started: could not be started: EISDIR.*top\.log/);
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
    await until('top is being stopped', () => processNamed('top').state === 'stopping');
    expect(isGone(base)).toBe(false);
    await system.ended;
    expect([isGone(base), isGone(top)]).toEqual([true, true]);
  });

  it('comes by the guard when the supervisor is killed', async () => {
    const system = await startReady('stubborn');
    const pids = [...allPids(), workerOf('top')];
    system.child.kill('SIGKILL');
    await until('all processes are gone', () => pids.every(isGone));
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

function workerOf(name: string): number {
  return Number(/worker (\d+)/.exec(readFileSync(processNamed(name).log, 'utf8'))?.[1]);
}
