import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listProcesses, processTable } from './list-processes.js';
import { processIdentity } from './process-identity.js';
import { type ProcessRecord, writeProcessRecords } from './process-records.js';

let folder: string;

const monolith: ProcessRecord = {
  name: 'monolith',
  command: 'node legacy-monolith/main.js',
  pid: 4711,
  identity: 'boot.1',
  port: 4100,
  url: 'http://127.0.0.1:4100',
  upSince: '2026-01-01T00:00:00.000Z',
  restarts: 2,
  state: 'ready',
  log: 'logs/monolith.log',
};
const { pid: _, identity: _identity, upSince: _upSince, ...waiting } = { ...monolith, name: 'inventory' };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'list-processes-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('listing the processes of a data folder', () => {
  it('shows each with its address and how often it was restarted', () => {
    const supervisor = { pid: process.pid, identity: processIdentity(process.pid) ?? '' };
    writeProcessRecords(folder, { supervisor, processes: [monolith, { ...waiting, state: 'waiting' }] });
    expect(listProcesses(folder)).toMatchObject([
      { name: 'monolith', pid: 4711, port: 4100, restarts: 2, state: 'ready' },
      { name: 'inventory', pid: null, upSince: null, state: 'waiting' },
    ]);
  });

  it('shows none when nothing was ever started there', () => {
    expect(listProcesses(folder)).toBeUndefined();
  });

  it('shows none when the supervisor was killed, whatever it last wrote', () => {
    writeProcessRecords(folder, {
      supervisor: { pid: process.pid, identity: 'boot.1' },
      processes: [monolith],
    });
    expect(listProcesses(folder)).toBeUndefined();
  });

  it('shows none in a copy of the folder: they are not its own', () => {
    const supervisor = { pid: process.pid, identity: processIdentity(process.pid) ?? '' };
    writeProcessRecords(folder, { supervisor, processes: [monolith] });
    const copy = `${folder}-copy`;
    cpSync(folder, copy, { recursive: true });
    expect(listProcesses(copy)).toBeUndefined();
    expect(listProcesses(folder)).toHaveLength(1);
    rmSync(copy, { recursive: true });
  });

  it('shows none of a list that names no folder: they may be of another', () => {
    const supervisor = { pid: process.pid, identity: processIdentity(process.pid) ?? '' };
    writeFileSync(join(folder, 'processes.json'), JSON.stringify({ supervisor, processes: [monolith] }));
    expect(listProcesses(folder)).toBeUndefined();
  });

  it('says so when the list is damaged', () => {
    writeFileSync(join(folder, 'processes.json'), '{');
    expect(() => listProcesses(folder)).toThrow("can't be read as a list of processes");
  });
});

describe('the table of processes', () => {
  it('aligns its columns and marks what is missing', () => {
    const rows = [
      {
        ...monolith,
        pid: 4711,
        port: 4100,
        url: 'http://127.0.0.1:4100',
        upSince: '2026-01-01T00:00:00.000Z',
      },
      { ...waiting, pid: null, port: null, url: null, upSince: null, state: 'waiting' as const },
    ];
    expect(processTable(rows).split('\n')).toEqual([
      'NAME       PID   PORT  STATE    UP SINCE                  RESTARTS  URL',
      'monolith   4711  4100  ready    2026-01-01T00:00:00.000Z  2         http://127.0.0.1:4100',
      'inventory  -     -     waiting  -                         2',
    ]);
  });
});
