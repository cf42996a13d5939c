import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import type { Disturbance } from './disturbance.js';

/** Keeps a process from running for so many milliseconds, and lets it go on. */
export async function pauseFor(
  shop: ThrowawayShop,
  process: string,
  milliseconds: number,
): Promise<Disturbance> {
  const from = performance.now();
  const pid = shop.pause(process);
  await sleep(milliseconds);
  shop.goOn(pid);
  const until = performance.now();
  return { kind: 'pause', process, from, struck: until, until };
}
