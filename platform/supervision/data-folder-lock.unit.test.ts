import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDataFolder } from './data-folder-lock.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'data-folder-lock-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the lock of a data folder', () => {
  it('refuses a second supervisor, and says which process to end', () => {
    const release = lockDataFolder(folder);
    expect(() => lockDataFolder(folder)).toThrow(`already running in ${folder} (pid ${process.pid})`);
    release();
  });

  it('can be taken again once it was given back', () => {
    lockDataFolder(folder)();
    lockDataFolder(folder)();
    expect(existsSync(join(folder, 'supervisor.lock'))).toBe(false);
  });

  it('is taken over from a supervisor that is gone', () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(join(folder, 'supervisor.lock'), JSON.stringify({ pid, identity: 'boot.1' }));
    expectToBeFree();
  });

  it('is taken over when another process has the number of the one that held it', () => {
    writeFileSync(join(folder, 'supervisor.lock'), JSON.stringify({ pid: process.pid, identity: 'boot.1' }));
    expectToBeFree();
  });
});

function expectToBeFree(): void {
  const release = lockDataFolder(folder);
  expect(existsSync(join(folder, 'supervisor.lock'))).toBe(true);
  release();
}
