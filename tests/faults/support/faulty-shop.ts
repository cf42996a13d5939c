import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProcessRecords } from '#platform/supervision/process-records.js';
import { until } from '../../support/until.js';

/** Where a running shop is reached. */
export interface ShopAddresses {
  gateway: string;
  control: string;
  monolith: string;
  mysql: string;
  services: { inventory: string };
}

/** A whole shop whose processes can be killed, paused and watched. */
export interface FaultyShop {
  dataDir: string;
  addresses: ShopAddresses;
  secret(name: string): string;
  /** SIGKILL; whatever kept it running starts it again. @returns its process id */
  kill(name: string): number;
  /** Stops it from running, without ending it, and lets it go on. */
  pause(name: string): number;
  goOn(pid: number): void;
  isReady(name: string): boolean;
  /** @throws when it isn't running */
  pidOf(name: string): number;
  stop(): Promise<void>;
}

/**
 * Starts the shop that stands in a folder, with servers of its own where the environment names none.
 * @throws with all that it printed when it ends before it is up
 */
export async function startFaultyShop(
  root: string,
  environment: Record<string, string> = {},
): Promise<FaultyShop> {
  const dataDir = mkdtempSync(join(tmpdir(), 'strangler-truth-'));
  const child = spawn(
    process.execPath,
    [join(root, 'dist/deploy/local/main.js'), '--data-dir', dataDir, '--ports', 'auto'],
    {
      cwd: root,
      env: { ...process.env, NODE_OPTIONS: '', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  await untilUp(child, dataDir);
  const find = (name: string) => readProcessRecords(dataDir)?.processes.find((one) => one.name === name);
  const pidOf = (name: string): number => {
    const pid = find(name)?.pid;
    if (pid === undefined) throw new Error(`there is no running process ${name}`);
    return pid;
  };
  const signal = (name: string, what: 'SIGKILL' | 'SIGSTOP'): number => {
    const pid = pidOf(name);
    process.kill(pid, what);
    return pid;
  };
  return {
    dataDir,
    addresses: readJson<ShopAddresses>(dataDir, 'addresses.json'),
    secret: (name) => readJson<Record<string, string>>(dataDir, 'secrets.json')[name] ?? '',
    kill: (name) => signal(name, 'SIGKILL'),
    pause: (name) => signal(name, 'SIGSTOP'),
    goOn: (pid) => void process.kill(pid, 'SIGCONT'),
    pidOf,
    isReady: (name) => find(name)?.state === 'ready',
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function untilUp(child: ChildProcess, dataDir: string): Promise<void> {
  let printed = '';
  child.stdout?.on('data', (data) => (printed += data));
  child.stderr?.on('data', (data) => (printed += data));
  await until(`the shop in ${dataDir} is up`, () => {
    if (child.exitCode !== null) throw new Error(`the shop ended with ${child.exitCode}:\n${printed}`);
    return /^Up in /m.test(printed);
  });
}

function readJson<Shape>(dataDir: string, file: string): Shape {
  return JSON.parse(readFileSync(join(dataDir, file), 'utf8')) as Shape;
}
