import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../support/until.js';
import type { Side } from '#contracts/strangler/move.js';
import type { Random } from '../load/random.js';
import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import { combinations } from './combine.js';
import type { Disturbance } from './disturbance.js';
import { type Loss, loseStream } from './lose-stream.js';
import { pauseFor } from './pause-for.js';

export interface DisturbOptions {
  shop: ThrowawayShop;
  random: Random;
  /** Names of processes that may be killed or paused, of streams that may be lost, and of combinations. */
  targets: readonly string[];
  /** How many are killed, and how many times something else is done. */
  kills: number;
  others: number;
  /** Least and most milliseconds between one that is over and the next. */
  gap: readonly [number, number];
}

const losses = new Map<string, [Side, Loss]>([
  ['stream of the monolith', ['monolith', 'all']],
  ['stream of the service', ['service', 'all']],
  ['messages of the monolith', ['monolith', 'messages']],
  ['messages of the service', ['service', 'messages']],
]);

/** Kills and pauses processes, loses streams, and combines such things, in random order, each once the last one is over. */
export async function disturb(options: DisturbOptions, done: Disturbance[]): Promise<void> {
  const { shop, random, targets, gap } = options;
  const processes = targets.filter((target) => !losses.has(target) && !combinations.has(target));
  let kills = processes.length === 0 ? 0 : options.kills;
  let others = targets.length === 0 ? 0 : options.others;
  while (kills + others > 0) {
    await sleep(random.between(...gap));
    if (random.between(1, kills + others) <= kills) {
      kills -= 1;
      done.push(await kill(shop, random.pick(processes)));
    } else {
      others -= 1;
      done.push(...(await disturbOtherwise(shop, random, random.pick(targets))));
    }
  }
}

async function disturbOtherwise(shop: ThrowawayShop, random: Random, target: string): Promise<Disturbance[]> {
  const combine = combinations.get(target);
  if (combine) return combine(shop, random);
  const loss = losses.get(target);
  return [await (loss ? loseStream(shop, ...loss) : pauseFor(shop, target, random.between(300, 2_500)))];
}

async function kill(shop: ThrowawayShop, process: string): Promise<Disturbance> {
  const from = performance.now();
  const pid = shop.kill(process);
  const struck = performance.now();
  await until(`${process} is back after a kill`, () => shop.isBack(process, pid));
  return { kind: 'kill', process, from, struck, until: performance.now() };
}
