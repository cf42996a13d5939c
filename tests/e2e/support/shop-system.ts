import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { until } from '../../support/until.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The part of `addresses.json` that tests go by. */
export interface Addresses {
  gateway: string;
  gatewayAdmin: string;
  monolith: string;
  services: { inventory: string };
  providerSandbox: string;
  unleash: string;
  mail: string;
}

export interface CommandResult {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
}

interface ProcessRow {
  name: string;
  pid: number | null;
  restarts: number;
  state: string;
}

/** A whole shop, started by the command that README names, with a data folder and ports of its own. */
export interface ShopSystem {
  dataDir: string;
  addresses: Addresses;
  /** Runs `npx strangler` against this system. */
  strangler(...args: string[]): Promise<CommandResult>;
  processes(): Promise<ProcessRow[]>;
  /** Kills a process with SIGKILL and resolves once another one runs in its place. */
  killAndAwaitRestart(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** @throws with everything the start printed, when it ends before the shop is up */
export async function startShopSystem(): Promise<ShopSystem> {
  const dataDir = mkdtempSync(join(tmpdir(), 'strangler-e2e-'));
  const child = spawn(process.execPath, ['deploy/bin/start.mjs', '--data-dir', dataDir, '--ports', 'auto'], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await untilUp(child, dataDir);
  const strangler = (...args: string[]) => runStrangler(args, dataDir);
  const processes = async () => JSON.parse((await strangler('ps', '--json')).stdout) as ProcessRow[];
  return {
    dataDir,
    addresses: readJson<Addresses>(join(dataDir, 'addresses.json')),
    strangler,
    processes,
    killAndAwaitRestart: (name) => killAndAwaitRestart(processes, name),
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
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}:\n${printed}`);
    return /^Up in /m.test(printed);
  });
}

async function runStrangler(args: string[], dataDir: string): Promise<CommandResult> {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    ['deploy/bin/strangler.mjs', ...args, '--data-dir', dataDir],
    { cwd: root, env: { NODE_OPTIONS: '' }, reject: false },
  );
  return { exitCode, stdout, stderr };
}

async function killAndAwaitRestart(processes: () => Promise<ProcessRow[]>, name: string): Promise<void> {
  const find = async () => (await processes()).find((row) => row.name === name);
  const before = await find();
  if (before?.pid == null) throw new Error(`There is no running process ${name} to kill`);
  process.kill(before.pid, 'SIGKILL');
  await until(`${name} runs again`, async () => {
    const now = await find();
    return now?.state === 'ready' && now.pid !== before.pid && now.restarts > before.restarts;
  });
}

function readJson<Shape>(file: string): Shape {
  return JSON.parse(readFileSync(file, 'utf8')) as Shape;
}
