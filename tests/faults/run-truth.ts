import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { runStrangler } from '../e2e/support/shop-system.js';
import { disturb } from './disturbances/disturb.js';
import type { Disturbance } from './disturbances/disturbance.js';
import { explainFailures, type Failures } from './disturbances/explain-failures.js';
import { checkToldAlready, checkWorld } from './history/check-world.js';
import type { Operation } from './history/operation.js';
import { type Restore, withoutLost } from './history/without-lost.js';
import type { World } from './history/world.js';
import type { Habits, Shelf } from './load/choose-command.js';
import { randomFrom } from './load/random.js';
import { runClients } from './load/run-clients.js';
import type { ThrowawayShop } from '../../deploy/throwaway/start-throwaway-shop.js';
import type { Mishaps } from './mishaps/mishap.js';
import { meetMishaps } from './mishaps/meet-mishaps.js';
import { type Databases, databasesOf } from './support/databases.js';
import { fillShelf } from './support/fill-shelf.js';
import { handOverControl } from './support/hand-over-control.js';
import { readWorld } from './support/read-world.js';

export interface TruthOptions extends Mishaps {
  shop: ThrowawayShop;
  /** Variables that its command line needs besides the data folder. */
  environment?: Record<string, string>;
  seed: number;
  clients: number;
  /** Commands a second. */
  rate: number;
  habits: Habits;
  /** Times that buckets move; each time to another random share. */
  handOvers: number;
  /** Milliseconds between the end of one and the next; none by default. */
  rest?: number;
  /** Processes that may be killed or paused, and streams that may be lost. */
  targets: readonly string[];
  /** Processes that are killed in all, and pauses and losses besides. */
  kills: number;
  others: number;
  /** Least and most milliseconds between one disturbance and the next. */
  gap: readonly [number, number];
  /** Longest that buckets may take to get where they should, in milliseconds. */
  handOverWithin: number;
  /** Longest that everything may take to come to rest, in milliseconds. */
  settleWithin: number;
  say: (line: string) => void;
}

export interface Truth {
  /** What is wrong with what happened; empty if nothing is. */
  violations: string[];
  failures: Failures;
  operations: number;
  writes: number;
  /** Writes that were acknowledged, a second. */
  writesPerSecond: number;
  handOvers: number;
  disturbances: readonly Disturbance[];
  /** Writes that were acknowledged, and lost by a restore, as they have to be. */
  lost: number;
}

/**
 * Lets clients work while buckets move and processes die, waits until all has come to rest, and checks what clients were
 * told against what the databases hold. The same seed chooses the same commands, moves and kills; when exactly they meet
 * is up to the machine.
 */
export async function runTruth(options: TruthOptions): Promise<Truth> {
  const { shop, seed, clients, rate, habits, handOverWithin, say } = options;
  const databases = databasesOf(shop, options.ofMonolith);
  const shelf: Shelf = await fillShelf(shop.addresses.gateway);
  const control = handOverControl(shop);
  await control.share(0, handOverWithin);
  await readFromBothSides(options);
  const initial = await readWorld(databases);
  const started = performance.now();
  const load = runClients({ gateway: shop.addresses.gateway, clients, rate, shelf, habits, seed });
  const disturbances: Disturbance[] = [];
  const moving = moveBuckets(options, disturbances);
  const disturbing = disturb({ ...options, random: randomFrom(seed + 1) }, disturbances);
  const stuck: string[] = [];
  const restores: Restore[] = [];
  try {
    const [unended] = await Promise.all([moving, disturbing]);
    stuck.push(...unended);
    if (unended.length === 0) {
      const known = { ...options, environment: options.environment, databases, shelf, disturbances };
      const scene = { ...known, operations: load.operations };
      stuck.push(...(await meetMishaps(options, scene, seed + 3, handOverWithin, restores)));
    }
  } finally {
    await load.stop();
  }
  const seconds = (performance.now() - started) / 1_000;
  say(`came to an end after ${seconds.toFixed(0)} s, waiting for everything to come to rest`);
  const { operations } = load;
  const { wrong, left } = await settle(options, databases, initial, operations, restores);
  const isWrite = ({ command, answer }: Operation) => command.kind !== 'read' && answer !== undefined;
  const writes = operations.filter(isWrite);
  return {
    violations: [...stuck, ...wrong],
    failures: explainFailures(operations, disturbances),
    operations: operations.length,
    writes: writes.length,
    writesPerSecond: writes.length / seconds,
    handOvers: options.handOvers,
    disturbances,
    lost: writes.length - left.filter(isWrite).length,
  };
}

/** Half of the reads go to each side, wherever the data are owned. */
async function readFromBothSides({ shop, environment }: TruthOptions): Promise<void> {
  const flip = ['flip', 'inventory.get', '50', '--reason', 'buckets move under load'];
  const { exitCode, stderr } = await runStrangler([...flip, '--data-dir', shop.dataDir], environment);
  if (exitCode !== 0) throw new Error(`reads could not be flipped: ${stderr}`);
}

/** @returns what did not come to an end */
async function moveBuckets(
  { shop, seed, handOvers, rest = 0, handOverWithin, say }: TruthOptions,
  done: readonly Disturbance[],
): Promise<string[]> {
  const random = randomFrom(seed + 2);
  const control = handOverControl(shop);
  let percent = 0;
  for (let count = 1; count <= handOvers; count += 1) {
    percent = (percent + random.between(1, 99)) % 101;
    if (count % 3 === 0)
      await control.changeMind(percent, random.between(0, 600), random.pick(['pause', 'rollback'] as const));
    const obstacle = await control.share(percent, handOverWithin);
    if (obstacle !== undefined)
      return [
        `hand-over ${count}, to ${percent} %, has not ended within ${handOverWithin / 1_000} s: ${obstacle}`,
      ];
    await sleep(rest);
    if (count % 10 === 0) say(`${count} hand-overs, ${done.length} disturbances, now at ${percent} %`);
  }
  return [];
}

/** Checks again and again until nothing is wrong any more: replicas and open work need their time. */
async function settle(
  { settleWithin }: TruthOptions,
  databases: Databases,
  initial: World,
  operations: readonly Operation[],
  restores: readonly Restore[],
): Promise<{ wrong: string[]; left: readonly Operation[] }> {
  const until = performance.now() + settleWithin;
  for (;;) {
    const world: World & { openTasks: number } = await readWorld(databases);
    const left = restores.reduce<readonly Operation[]>(
      (all, restore) => withoutLost(all, restore, world.remembered.monolith),
      operations,
    );
    const told = checkToldAlready(left);
    if (told.length > 0) return { wrong: told, left };
    const open = world.openTasks === 0 ? [] : [`${world.openTasks} tasks of orders are still open`];
    const wrong = [...open, ...checkWorld({ initial, operations: left, world })];
    if (wrong.length === 0 || performance.now() > until) return { wrong, left };
    await sleep(500);
  }
}
