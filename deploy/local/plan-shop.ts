import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ManagedProcess } from '#platform/supervision/managed-process.js';
import { answersHttp } from '#platform/supervision/probes.js';
import { programEnvironment } from '#platform/supervision/program-environment.js';
import { type ShopProcess, shopProcesses, type System } from './shop-processes.js';

/**
 * The shop's processes, ready to be started.
 * @param root folder of the repository: the processes run there
 */
export function planShop(root: string, system: System, logLevel: string): ManagedProcess[] {
  const existing = shopProcesses.filter(({ program }) => existsSync(join(root, 'dist', program)));
  const names = new Set(['databases', 'mail', 'nats', 'unleash', ...existing.map(({ name }) => name)]);
  return existing.map((one) => ({
    ...toManaged(root, one, system, logLevel),
    dependsOn: one.dependsOn.filter((name) => names.has(name)),
  }));
}

function toManaged(root: string, one: ShopProcess, system: System, logLevel: string): ManagedProcess {
  const url = system.address(one.port);
  return {
    name: one.name,
    command: process.execPath,
    args: [join(root, 'dist', one.program), ...(one.args ?? [])],
    env: programEnvironment(planProgramEnvironment(one, system, logLevel)),
    cwd: root,
    port: system.ports[one.port],
    url,
    dependsOn: one.dependsOn,
    ready: answersHttp(`${system.address(one.healthPort ?? one.port)}${one.health}`),
    stopWithin: 20_000,
  };
}

/** All variables of our own that a program of the shop gets. */
export function planProgramEnvironment(
  one: ShopProcess,
  system: System,
  logLevel: string,
): Record<string, string> {
  return {
    NODE_ENV: 'production',
    HOST: system.host,
    PORT: String(system.ports[one.port]),
    LOG_LEVEL: logLevel,
    ...one.environment(system),
  };
}
