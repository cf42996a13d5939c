import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { answeredByItself, findConflict } from './answered-by-itself.js';
import { killGroup } from './end-process.js';
import { acceptsConnections } from './probes.js';

/** A supervised program, as leader of its group; this test is another program that listens too. */
let program: ChildProcess;
let port: number;
let server: Server;
let otherPort: number;

beforeAll(async () => {
  const code =
    "require('node:net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port); });";
  program = spawn(process.execPath, ['-e', code], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  if (program.stdout === null) throw new Error('its output is a pipe');
  const [printed] = (await once(program.stdout, 'data')) as [Buffer];
  port = Number(printed.toString());
  server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port: otherPort } = server.address() as { port: number });
});

afterAll(async () => {
  killGroup(program.pid ?? 0);
  await new Promise((resolve) => server.close(resolve));
});

function ask(ports: { port?: number; alsoListensOn?: number[] }): Promise<void> {
  const ready = acceptsConnections(ports.port ?? port);
  return answeredByItself({ ready, ...ports }, program.pid ?? 0)(AbortSignal.timeout(60_000));
}

describe('a program', () => {
  it('is ready when it answers itself', async () => {
    await expect(ask({ port })).resolves.toBeUndefined();
  });

  it('is not ready because another program answers at its port; that program is named', async () => {
    await expect(ask({ port: otherPort })).rejects.toThrow(
      `port ${otherPort} is in use by another program (pid ${process.pid})`,
    );
  });

  it('is not ready while another program has one of its further ports, or nobody', async () => {
    await expect(ask({ port, alsoListensOn: [otherPort] })).rejects.toThrow('is in use by another program');
    await expect(ask({ port, alsoListensOn: [1] })).rejects.toThrow("it doesn't listen on port 1 yet");
  });

  it('is ready by its probe alone when it has no port', async () => {
    await expect(ask({})).resolves.toBeUndefined();
  });

  it('has no conflict over a port at which it listens itself, or nobody', async () => {
    const ready = () => Promise.resolve();
    expect(await findConflict({ ready, port }, program.pid)).toBeUndefined();
    expect(await findConflict({ ready, port, alsoListensOn: [otherPort] }, program.pid)).toContain(
      `port ${otherPort} is in use by another program`,
    );
    expect(await findConflict({ ready }, program.pid)).toBeUndefined();
  });
});
