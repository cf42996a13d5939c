import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { killGroup } from './end-process.js';
import { readLsof, whoListens } from './who-listens.js';

/** A program that listens itself, and one whose worker does. */
const listen =
  "require('node:net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port); });";
const worker = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(listen)}], { stdio: 'inherit' });`;

let server: Server;
let ownPort: number;
let program: { child: ChildProcess; port: number };
let withWorker: { child: ChildProcess; port: number };

beforeAll(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port: ownPort } = server.address() as { port: number });
  [program, withWorker] = await Promise.all([start(listen), start(worker)]);
});

afterAll(async () => {
  for (const { child } of [program, withWorker]) killGroup(child.pid ?? 0);
  await new Promise((resolve) => server.close(resolve));
});

async function start(code: string) {
  const child = spawn(process.execPath, ['-e', code], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [printed] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, port: Number(printed.toString()) };
}

describe('who listens at a port', () => {
  it('is told by process and group', async () => {
    const { pid = 0 } = program.child;
    expect(await whoListens(program.port)).toEqual([{ pid, group: pid }]);
    expect(await whoListens(ownPort)).toEqual([expect.objectContaining({ pid: process.pid })]);
  });

  it('is nobody of a group while only another group listens there', async () => {
    expect(await whoListens(ownPort, program.child.pid)).toEqual([]);
    expect(await whoListens(program.port, withWorker.child.pid)).toEqual([]);
    expect(await whoListens(program.port, program.child.pid)).toHaveLength(1);
  });

  it('may be a worker of the group', async () => {
    const group = withWorker.child.pid;
    const found = await whoListens(withWorker.port, group);
    expect(found).toEqual([{ pid: expect.any(Number), group }]);
    expect(found?.[0]?.pid).not.toBe(group);
  });

  it('is read from what lsof prints', () => {
    expect(readLsof('p501\ng500\nf12\np7\ng7\nf3\nf4\n')).toEqual([
      { pid: 501, group: 500 },
      { pid: 7, group: 7 },
    ]);
    expect(readLsof('')).toEqual([]);
  });
});
