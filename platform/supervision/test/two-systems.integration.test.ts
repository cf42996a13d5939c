import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../tests/support/until.js';
import { signal } from '../end-process.js';
import { processIdentity } from '../process-identity.js';
import {
  allPids,
  freePorts,
  processNamed,
  startSystem,
  stopSystems,
  untilPrinted,
  untilReady,
} from './start-system.js';

let parent: string;
let one: string;
let two: string;
let ports: [number, number];
/** A program outside of both systems. */
let other: number | undefined;

beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), 'two-systems-'));
  [one, two] = [join(parent, 'one'), join(parent, 'two')];
  ports = await freePorts(parent);
});

afterEach(async () => {
  await stopSystems();
  if (other !== undefined) signal(other, 'SIGKILL');
  other = undefined;
  rmSync(parent, { recursive: true });
});

const isGone = (pid: number) => processIdentity(pid) === undefined;
const portsOf = (dataDir: string) => ['base', 'top'].map((name) => processNamed(dataDir, name).port);

describe('two systems that are started at the same moment', () => {
  it('get ports of their own, and none of their processes dies', async () => {
    const systems = [startSystem(one, ports), startSystem(two, ports)];
    await Promise.all(systems.map(untilReady));
    const used = [...portsOf(one), ...portsOf(two)];
    expect(new Set(used).size).toBe(4);
    expect(used).toEqual(expect.arrayContaining(ports));
    for (const { output } of systems) expect(output()).not.toContain('died');
  });

  it('keep their ports for a process that is started again', async () => {
    const first = await untilReady(startSystem(one, ports));
    const { pid, port } = processNamed(one, 'top');
    first.child.kill('SIGSTOP');
    process.kill(pid, 'SIGKILL');
    const second = await untilReady(startSystem(two, ports));
    first.child.kill('SIGCONT');
    await untilPrinted(first, 'back: top');
    expect(processNamed(one, 'top')).toMatchObject({ port, restarts: 1 });
    expect(second.output()).toMatch(
      `remark: ports in use by the system in ${one}, so others are taken: base`,
    );
  });
});

describe('a copy of the folder of a running system', () => {
  it('is started as a system of its own, on other ports, and harms the original in no way', async () => {
    const original = await untilReady(startSystem(one, ports));
    const [pids, kept] = [allPids(one), portsOf(one)];
    cpSync(one, two, { recursive: true });
    const copy = await untilReady(startSystem(two, ports));
    expect(copy.output()).toContain('leftovers: \n');
    expect(copy.output()).toContain(`ports in use by the system in ${one}, so others are taken: base`);
    expect(portsOf(two).some((port) => kept.includes(port))).toBe(false);

    const copied = allPids(two);
    copy.child.kill('SIGKILL');
    await until("the copy's guard has ended its processes", () => copied.every(isGone));
    expect(allPids(one)).toEqual(pids);
    expect(pids.filter(isGone)).toEqual([]);
    expect(original.output()).not.toContain('died');
  });

  it('is none when it is the same folder by another path', async () => {
    await untilReady(startSystem(one, ports));
    const pids = allPids(one);
    symlinkSync(one, two);
    const second = startSystem(two, ports);
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`A system is already running in ${two} (pid`);
    expect(pids.filter(isGone)).toEqual([]);
  });
});

describe('a program that takes a port before the process that it was chosen for', () => {
  it('fails the start, which names it; the next start takes another port', async () => {
    const first = startSystem(one, ports, 'late');
    await untilPrinted(first, 'top can');
    other = Number(/other program (\d+)/.exec(first.output())?.[1]);
    expect(await first.ended).toBe(1);
    expect(first.output()).not.toContain('done: top');
    expect(first.output()).toContain(
      `top can't be started: exit code 1; port ${ports[1]} is in use by another program (pid ${other}): ` +
        'end that program, or start the system again to use another port',
    );
    const second = await untilReady(startSystem(one, ports));
    expect(second.output()).toContain(`ports in use by another program, so others are taken: top `);
  });
});
