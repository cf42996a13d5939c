import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, lstatSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readProcessRecords, type ProcessRecord } from '#platform/supervision/process-records.js';
import type { Addresses } from '../local/addresses.js';
import type { BrokerUser } from '../system/shop-accounts.js';
import { type ServiceName, serviceNames } from '../system/service-names.js';

/** A whole shop for a test or a bench, with a data folder and ports of its own, which are gone afterwards. */
export interface ThrowawayShop {
  dataDir: string;
  addresses: Required<Addresses>;
  /** Base address of an extracted service. @throws when there is none of that name */
  serviceUrl(name: string): string;
  /** A generated password by its name in `secrets.json`. */
  secret(name: string): string;
  /** Address, with its password, of the account that may read all schemas. */
  mysqlAdminUrl: string;
  /** Address, with its password, of the broker's account for operators. */
  natsUrl: string;
  /** The same of another account. */
  natsUrlFor(account: BrokerUser): string;
  /** A process as its supervisor knows it. @throws when there is none of that name */
  processOf(name: string): ProcessRecord;
  /** SIGKILL; its supervisor starts another one in its place. @returns the number of the one that was killed */
  kill(name: string): number;
  /** Stops it from running, without ending it. */
  pause(name: string): number;
  goOn(pid: number): void;
  /** True once another process than that one runs under the name, and is ready. */
  isBack(name: string, killed: number): boolean;
  stop(): Promise<void>;
}

export interface ThrowawayOptions {
  /** Folder of the repository, or of a copy of it, with a current build in `dist`. */
  root: string;
  /** All variables that it gets; `MYSQL_URL` and the like name servers to use instead of its own. */
  environment: NodeJS.ProcessEnv;
  /** Extracted services that run; all by default. */
  services?: readonly ServiceName[];
  /** Data folder of a whole shop that has been stopped; this one starts from a copy of it. */
  template?: string | undefined;
}

/** @throws with everything that the start printed, when it ends before the shop is up */
export async function startThrowawayShop({
  root,
  environment,
  services = serviceNames,
  template,
}: ThrowawayOptions): Promise<ThrowawayShop> {
  const dataDir = mkdtempSync(join(tmpdir(), 'strangler-'));
  // A server that was killed leaves its socket behind, which is nobody's.
  const filter = (file: string) => !lstatSync(file).isSocket();
  if (template !== undefined) cpSync(template, dataDir, { recursive: true, filter });
  const program = join(root, 'dist/deploy/local/main.js');
  const args = ['--data-dir', dataDir, '--ports', 'auto', '--services', services.join(',') || 'none'];
  const child = spawn(process.execPath, [program, ...args], {
    cwd: root,
    // What is meant for the test runner itself is not meant for the shop.
    env: { ...environment, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await untilUp(child);
  const addresses = readJson<Required<Addresses>>(dataDir, 'addresses.json');
  const secret = (name: string) => readJson<Record<string, string>>(dataDir, 'secrets.json')[name] ?? '';

  const natsUrlFor = (account: BrokerUser) => withAccount(addresses.nats, account, secret(`nats.${account}`));

  function processOf(name: string): ProcessRecord {
    const found = readProcessRecords(dataDir)?.processes.find((one) => one.name === name);
    if (!found) throw new Error(`this shop has no process ${name}`);
    return found;
  }

  function signal(name: string, what: 'SIGKILL' | 'SIGSTOP'): number {
    const { pid } = processOf(name);
    if (pid === undefined) throw new Error(`${name} does not run at the moment`);
    process.kill(pid, what);
    return pid;
  }

  return {
    dataDir,
    addresses,
    serviceUrl: (name) => {
      const url = addresses.services[name];
      if (url === undefined) throw new Error(`this shop has no service ${name}`);
      return url;
    },
    secret,
    mysqlAdminUrl: withAccount(addresses.mysql, 'strangler_admin', secret('mysql.admin')),
    natsUrl: natsUrlFor('operator'),
    natsUrlFor,
    processOf,
    kill: (name) => signal(name, 'SIGKILL'),
    pause: (name) => signal(name, 'SIGSTOP'),
    goOn: (pid) => void process.kill(pid, 'SIGCONT'),
    isBack: (name, killed) => {
      const { state, pid } = processOf(name);
      return state === 'ready' && pid !== undefined && pid !== killed;
    },
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function untilUp(child: ChildProcess): Promise<void> {
  let printed = '';
  child.stdout?.on('data', (data: Buffer) => (printed += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (printed += data.toString()));
  while (!/^Up in /m.test(printed)) {
    if (child.exitCode !== null) throw new Error(`the shop ended with ${child.exitCode}:\n${printed}`);
    await sleep(50);
  }
}

function withAccount(address: string, user: string, password: string): string {
  const url = new URL(address);
  url.username = user;
  url.password = password;
  return url.href;
}

function readJson<Shape>(dataDir: string, file: string): Shape {
  return JSON.parse(readFileSync(join(dataDir, file), 'utf8')) as Shape;
}
