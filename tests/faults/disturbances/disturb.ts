import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../support/until.js';
import type { Random } from '../load/random.js';
import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import type { Disturbance } from './disturbance.js';

export interface DisturbOptions {
  shop: ThrowawayShop;
  random: Random;
  /** Names of processes that may be killed or paused. */
  targets: readonly string[];
  /** How many times. */
  times: number;
  /** Least and most milliseconds between one that is over and the next. */
  gap: readonly [number, number];
}

/** One in so many disturbances is a pause; the others are kills. */
const pauses = 5;

/** Kills and pauses processes, one after the other, each once the last one is back. */
export async function disturb(options: DisturbOptions, done: Disturbance[]): Promise<void> {
  const { shop, random, targets, times, gap } = options;
  for (let count = 0; count < times; count += 1) {
    await sleep(random.between(...gap));
    const process = random.pick(targets);
    const kind = random.between(1, pauses) === 1 ? 'pause' : 'kill';
    done.push(
      await (kind === 'kill' ? kill(shop, process) : pause(shop, process, random.between(300, 2_500))),
    );
  }
}

export async function kill(shop: ThrowawayShop, process: string): Promise<Disturbance> {
  const from = performance.now();
  const pid = shop.kill(process);
  await until(`${process} is back after a kill`, () => shop.isBack(process, pid));
  return { kind: 'kill', process, from, until: performance.now() };
}

async function pause(shop: ThrowawayShop, process: string, milliseconds: number): Promise<Disturbance> {
  const from = performance.now();
  const pid = shop.pause(process);
  await sleep(milliseconds);
  shop.goOn(pid);
  return { kind: 'pause', process, from, until: performance.now() };
}
