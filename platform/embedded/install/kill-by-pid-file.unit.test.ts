import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killByPidFile } from './kill-by-pid-file.js';

let folder: string;
let server: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "server's pid file-"));
});
afterEach(() => {
  server?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

describe('ending a server by its pid file', () => {
  it('has nothing to run where there is no file', () => {
    expect(killByPidFile(join(folder, 'server.pid'))).toBeUndefined();
  });

  it('leaves it to the command, which root runs, to read the file', async () => {
    const file = join(folder, 'server.pid');
    writeFileSync(file, 'not for this user');
    const [program = '', ...args] = killByPidFile(file) ?? [];
    server = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const ended = once(server, 'exit');
    writeFileSync(file, `${server.pid}\n`);
    expect(spawnSync(program, args).status).toBe(0);
    expect(await ended).toEqual([null, 'SIGTERM']);
  });
});
