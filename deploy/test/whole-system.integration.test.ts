import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { listProcesses, type ProcessRow } from '#platform/supervision/list-processes.js';
import { processIdentity } from '#platform/supervision/process-identity.js';
import { shopProcesses } from '../local/shop-processes.js';
import { until } from '../../tests/support/until.js';
import { npmStart, readData, type StartedSystem, untilUp } from './npm-start.js';

const run = promisify(execFile);
const strangler = join(import.meta.dirname, '../bin/strangler.mjs');

let folder: string;
let dataDir: string;
let system: StartedSystem;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'whole-system-'));
  dataDir = join(folder, 'data');
  system = npmStart(dataDir);
  await untilUp(system);
});

afterAll(async () => {
  system.child.kill('SIGTERM');
  await system.ended;
  rmSync(folder, { recursive: true });
});

function processes(): ProcessRow[] {
  return listProcesses(dataDir) ?? [];
}

async function untilAllReady(restarts: number): Promise<void> {
  const settled = ({ state, restarts: count }: ProcessRow) => state === 'ready' && count >= restarts;
  while (!processes().every(settled)) {
    if (system.child.exitCode !== null) throw new Error(`it has ended:\n${system.output()}`);
    await sleep(100);
  }
}

describe('the whole system, started by one command', () => {
  it('runs every process of the shop', () => {
    const running = processes().map(({ name }) => name);
    expect(running).toEqual(expect.arrayContaining(shopProcesses.map(({ name }) => name)));
  });

  it('serves a shop that is not empty, through the gateway', async () => {
    const { gateway = '' } = readData(dataDir, 'addresses.json');
    const response = await fetch(`${gateway}/inventory?limit=1`);
    expect(await response.json()).toMatchObject({ items: [{ available: expect.any(Number) }] });
  });

  it('suggests commands that work', async () => {
    const suggested = [...system.output().matchAll(/^ {2}npx strangler (.*?) +# /gm)].map(
      ([, command]) => command ?? '',
    );
    expect(suggested.length).toBeGreaterThan(2);
    for (const command of suggested) {
      const words = [...command.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
      await expect(run(process.execPath, [strangler, ...words])).resolves.toMatchObject({
        stdout: expect.any(String),
      });
    }
  });

  it('has every process back after each was killed', async () => {
    for (const { pid } of processes()) if (pid !== null) process.kill(pid, 'SIGKILL');
    await untilAllReady(1);
    const { gateway = '' } = readData(dataDir, 'addresses.json');
    expect((await fetch(`${gateway}/inventory?limit=1`)).status).toBe(200);
    // What is printed arrives a moment after what is written to the list.
    for (const { name } of processes())
      await until(`${name} is said to be back`, () => system.output().includes(`${name} is back`));
  });

  it('has done nothing at NATS that its accounts may not do', () => {
    const refusals = readdirSync(join(dataDir, 'logs')).flatMap((name) =>
      readFileSync(join(dataDir, 'logs', name), 'utf8')
        .split('\n')
        .filter((line) => line.includes('permissions at NATS')),
    );
    expect(refusals).toEqual([]);
  });

  it('ends by itself, in seconds, and leaves nothing behind', async () => {
    const pids = processes().map(({ pid }) => pid ?? 0);
    system.child.kill('SIGTERM');
    expect(await system.ended).toBe(0);
    expect(pids.filter((pid) => processIdentity(pid) !== undefined)).toEqual([]);
  });
});
