import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservePortsFor } from './reserve-port.js';

let folder: string;
let server: Server;
let port: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reserve-port-'));
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as { port: number });
});

afterEach(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

const close = () => new Promise((resolve) => server.close(resolve));
const reserve = (dataDir: string) => reservePortsFor(dataDir, folder)(port);

describe('reserving a port', () => {
  it('is refused to others until it is released, though nobody listens there', async () => {
    await close();
    const first = await reserve('/one');
    expect(first).toHaveProperty('release');
    expect(await reserve('/two')).toEqual({ usedBy: { system: '/one' } });
    if ('release' in first) first.release();
    expect(await reserve('/two')).toHaveProperty('release');
  });

  it('gives it to one of several that ask at the same moment', async () => {
    await close();
    const results = await Promise.all(['/one', '/two', '/three'].map(reserve));
    expect(results.filter((result) => 'release' in result)).toHaveLength(1);
  });

  it('is refused while another program listens there, and leaves nothing behind then', async () => {
    expect(await reserve('/one')).toEqual({ usedBy: 'another program' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('removes the reservations of processes that are gone, for other ports too', async () => {
    await close();
    writeFileSync(
      join(folder, '8080'),
      JSON.stringify({ pid: process.pid, identity: 'boot.1', dataDir: '/one' }),
    );
    writeFileSync(join(folder, '8081'), '');
    const beingWritten = '8082.4711.4711.new';
    writeFileSync(join(folder, beingWritten), '');
    const held = await reserve('/two');
    expect(new Set(readdirSync(folder))).toEqual(new Set([String(port), beingWritten]));
    rmSync(join(folder, beingWritten));
    await reserve('/three');
    expect(held).toHaveProperty('release');
    expect(readdirSync(folder)).toEqual([String(port)]);
  });

  it.each([
    ['of a process that is gone', JSON.stringify({ pid: process.pid, identity: 'boot.1', dataDir: '/one' })],
    ['that is empty after a power cut', ''],
    ['that is cut short', '{"pid": 4'],
  ])('takes over a reservation %s', async (_which, content) => {
    await close();
    writeFileSync(join(folder, String(port)), content);
    expect(await reserve('/two')).toHaveProperty('release');
    expect(readdirSync(folder)).toEqual([String(port)]);
  });
});
