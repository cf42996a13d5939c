import { join } from 'node:path';
import type { ManagedProcess, OneOffStep, Task } from '#platform/supervision/managed-process.js';
import { answersHttp } from '#platform/supervision/probes.js';
import { runOnce } from '#platform/supervision/run-once.js';
import { onlyWith } from './service-processes.js';
import { shopProcesses, shopSteps } from './shop-processes.js';
import type { ShopProcess, ShopStep, System } from './shop-program.js';

export interface ShopPlace {
  /** Folder of the repository: the programs run there. */
  root: string;
  dataDir: string;
  logLevel: string;
  /** Variables that every program gets on top of its own. */
  inherited: Readonly<Record<string, string>>;
}

/** The shop's programs as tasks, in the order of their start. */
export function planShop(place: ShopPlace, system: System): Task[] {
  return [
    ...onlyWith(system.services, shopProcesses).map((process) => toProcess(place, process, system)),
    ...shopSteps.map((step) => toStep(place, step, system)),
  ];
}

function toProcess({ root, logLevel }: ShopPlace, one: ShopProcess, system: System): ManagedProcess {
  const url = system.address(one.port);
  return {
    ...launchOf(root, one),
    env: processEnvironment(one, system, logLevel),
    port: system.ports[one.port],
    alsoListensOn: one.healthPort === undefined ? [] : [system.ports[one.healthPort]],
    url,
    ready: answersHttp(`${system.address(one.healthPort ?? one.port)}${one.health}`),
    stopWithin: 20_000,
  };
}

function toStep({ root, dataDir, inherited }: ShopPlace, one: ShopStep, system: System): OneOffStep {
  const { name, dependsOn, ...launch } = launchOf(root, one);
  const program = { name, ...launch, env: { ...inherited, ...stepEnvironment(one, system) } };
  const log = join(dataDir, 'logs', `${name}.log`);
  return { name, dependsOn, attempts: 3, run: (signal) => runOnce(program, log, signal) };
}

function launchOf(root: string, { name, program, args = [], dependsOn }: ShopStep) {
  return {
    name,
    dependsOn,
    command: process.execPath,
    args: [join(root, 'dist', program), ...args],
    cwd: root,
  };
}

/** All variables of our own that a process of the shop gets. */
export function processEnvironment(
  one: ShopProcess,
  system: System,
  logLevel: string,
): Record<string, string> {
  return {
    NODE_ENV: 'production',
    HOST: system.host,
    PORT: String(system.ports[one.port]),
    LOG_LEVEL: logLevel,
    PATIENCE: system.patience,
    ...one.environment(system),
  };
}

/** All variables of our own that a step of the shop gets. */
export function stepEnvironment(one: ShopStep, system: System): Record<string, string> {
  return { NODE_ENV: 'production', ...one.environment(system) };
}
