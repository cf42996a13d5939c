import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDataFolder } from './data-folder-lock.js';
import { processIdentity } from './process-identity.js';
import { type ProcessState, writeProcessRecords } from './process-records.js';

let parent: string;
let folder: string;
let other: string;
let lock: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'data-folder-lock-'));
  folder = mkdtempSync(join(parent, 'data-'));
  other = join(parent, 'other');
  lock = join(folder, 'supervisor.lock');
});

afterEach(() => rmSync(parent, { recursive: true }));

/** As a supervisor of this folder would write it: this process, with one of its own. */
function recordProcess(state: ProcessState): void {
  const supervisor = { pid: process.pid, identity: processIdentity(process.pid) ?? '' };
  const one = { name: 'mysql', command: 'mysqld', restarts: 0, state, log: 'mysql.log' };
  writeProcessRecords(folder, { supervisor, processes: [one] });
}

function expectToBeFree(dataDir = folder): void {
  const release = lockDataFolder(dataDir);
  expect(JSON.parse(readFileSync(join(dataDir, 'supervisor.lock'), 'utf8'))).toMatchObject({
    pid: process.pid,
  });
  release();
  expect(existsSync(join(dataDir, 'supervisor.lock'))).toBe(false);
}

describe('the lock of a data folder', () => {
  it('refuses a second supervisor, and says which process to end', () => {
    lockDataFolder(folder);
    expect(() => lockDataFolder(folder)).toThrow(`already running in ${folder} (pid ${process.pid})`);
  });

  it('can be taken again once it was given back', () => {
    lockDataFolder(folder)();
    expectToBeFree();
  });

  it('is taken over from a supervisor that is gone', () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(lock, JSON.stringify({ pid, identity: 'boot.1' }));
    expectToBeFree();
  });

  it('is taken over when another process has the number of the one that held it', () => {
    writeFileSync(lock, JSON.stringify({ pid: process.pid, identity: 'boot.1' }));
    expectToBeFree();
  });

  it.each(['', '{"pid": 47', '[]', '{"pid": 4711}'])(
    'is taken over when it holds %j, as after a power cut',
    (content) => {
      writeFileSync(lock, content);
      expectToBeFree();
    },
  );
});

describe('the lock of a folder whose system runs', () => {
  it('does not count in a copy of the folder', () => {
    lockDataFolder(folder);
    recordProcess('ready');
    cpSync(folder, other, { recursive: true });
    expectToBeFree(other);
  });

  it('counts by another path, which is named', () => {
    lockDataFolder(folder);
    symlinkSync(folder, other);
    expect(() => lockDataFolder(other)).toThrow(`already running in ${other} (pid ${process.pid})`);
  });

  it('counts after the folder was moved, and says how the system was started', () => {
    lockDataFolder(folder);
    renameSync(folder, other);
    expect(() => lockDataFolder(other)).toThrow(`(pid ${process.pid}, started as `);
  });

  it.each([
    ['was removed by hand', () => rmSync(lock)],
    ['is damaged', () => writeFileSync(lock, '')],
  ])('counts though it %s: the list of processes names the supervisor too', (_what, damage) => {
    lockDataFolder(folder);
    recordProcess('ready');
    damage();
    expect(() => lockDataFolder(folder)).toThrow(`already running in ${folder} (pid ${process.pid})`);
    expect(existsSync(lock)).toBe(false);
  });

  it('is free while its supervisor ends, once nothing is left of its processes', () => {
    recordProcess('stopped');
    expectToBeFree();
  });

  it('names the list of processes when that is damaged, and is given back', () => {
    writeFileSync(join(folder, 'processes.json'), '');
    const file = join(folder, 'processes.json');
    expect(() => lockDataFolder(folder)).toThrow(
      `${file} is damaged and can't be read as a list of processes. See`,
    );
    expect(existsSync(lock)).toBe(false);
  });
});
