import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../support/until.js';
import type { Side } from '#contracts/strangler/move.js';
import type { Random } from '../load/random.js';
import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import type { Disturbance } from './disturbance.js';
import { type Loss, loseStream } from './lose-stream.js';

export interface DisturbOptions {
  shop: ThrowawayShop;
  random: Random;
  /** Names of processes that may be killed or paused, and of streams that may be lost. */
  targets: readonly string[];
  /** How many times. */
  times: number;
  /** Least and most milliseconds between one that is over and the next. */
  gap: readonly [number, number];
}

/** One in so many disturbances is a pause; the others are kills. */
const pauses = 5;

const losses = new Map<string, [Side, Loss]>([
  ['stream of the monolith', ['monolith', 'all']],
  ['stream of the service', ['service', 'all']],
  ['messages of the monolith', ['monolith', 'messages']],
  ['messages of the service', ['service', 'messages']],
]);

/** Kills and pauses processes, and loses streams, one after the other, each once the last one is back. */
export async function disturb(options: DisturbOptions, done: Disturbance[]): Promise<void> {
  const { random, targets, times, gap } = options;
  for (let count = 0; count < times && targets.length > 0; count += 1) {
    await sleep(random.between(...gap));
    done.push(await disturbOnce(options, random.pick(targets)));
  }
}

function disturbOnce({ shop, random }: DisturbOptions, target: string): Promise<Disturbance> {
  const loss = losses.get(target);
  if (loss) return loseStream(shop, ...loss);
  if (random.between(1, pauses) === 1) return pause(shop, target, random.between(300, 2_500));
  return kill(shop, target);
}

async function kill(shop: ThrowawayShop, process: string): Promise<Disturbance> {
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
