import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { backfillProgressSchema, backfillSubject } from '#contracts/strangler/backfill.js';
import type { Side } from '#contracts/strangler/move.js';
import { connectNatsOnce } from '#platform/messaging/connect-nats.js';
import { requestJson } from '#platform/messaging/exchange-json.js';
import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import { until } from '../../support/until.js';
import type { Random } from '../load/random.js';
import type { Disturbance } from './disturbance.js';
import { pauseFor } from './pause-for.js';

/** Does several things of which one alone would be no trouble. */
export type Combination = (shop: ThrowawayShop, random: Random) => Promise<Disturbance[]>;

/** A program of the world outside that answers late: later than a shop waits for it, but it answers. */
export const slowCardProvider = 'slow card provider';
export const slowMailServer = 'slow mail server';

/** By the name of a target. */
export const combinations: ReadonlyMap<string, Combination> = new Map([
  ['gateway while the sidecar of the monolith is silent', restartGatewayBeside('monolith-sidecar')],
  ['gateway while the sidecar of the service is silent', restartGatewayBeside('inventory-sidecar')],
  ['beginning of a backfill of the monolith', interruptBackfillOf('monolith')],
  ['beginning of a backfill of the service', interruptBackfillOf('service')],
  [slowCardProvider, slowDown('provider-sandbox')],
  [slowMailServer, slowDown('mail')],
]);

/** What befalls inventory alone. */
export const troubleOfInventory = [...combinations.keys()].filter(
  (name) => name !== slowCardProvider && name !== slowMailServer,
);

/** A gateway that starts without one side's word on who owns what. */
function restartGatewayBeside(sidecar: string): Combination {
  return async (shop, random) => {
    const from = performance.now();
    const silent = shop.pause(sidecar);
    try {
      const killed = shop.kill('gateway');
      const struck = performance.now();
      await sleep(random.between(300, 2_500));
      shop.goOn(silent);
      const heard = performance.now();
      await until('the gateway is back', () => shop.isBack('gateway', killed));
      return [
        { kind: 'kill', process: 'gateway', from, struck, until: performance.now() },
        { kind: 'pause', process: sidecar, from, struck: heard, until: heard },
      ];
    } finally {
      goOn(shop, silent);
    }
  };
}

function slowDown(process: string): Combination {
  return async (shop, random) => [await pauseFor(shop, process, random.between(2_500, 6_000))];
}

/** Who takes part in filling a replica. */
const sidecarOf = { monolith: 'monolith-sidecar', service: 'inventory-sidecar' } as const;

/** A replica begins to be filled anew, and whoever works at it dies in the middle of a statement. */
function interruptBackfillOf(replica: Side): Combination {
  return async (shop, random) => {
    const from = performance.now();
    await askForBackfill(shop, replica, random.between(0, 1) === 1);
    await sleep(random.between(0, 400));
    const process = random.pick([sidecarOf.monolith, sidecarOf.service, 'mysql']);
    const killed = shop.kill(process);
    const struck = performance.now();
    await until(`${process} is back after a backfill had begun`, () => shop.isBack(process, killed));
    return [{ kind: 'kill', process, from, struck, until: performance.now() }];
  };
}

async function askForBackfill(shop: ThrowawayShop, replica: Side, newChain: boolean): Promise<void> {
  const nats = await connectNatsOnce('test', shop.natsUrl);
  try {
    const request = { reason: 'a test interrupts it', newChain };
    await requestJson(
      nats,
      backfillSubject('inventory', replica),
      request,
      backfillProgressSchema.nullable(),
    );
  } catch {
    // Its sidecar may be starting: then what follows strikes no backfill, as in life.
  } finally {
    await nats.close();
  }
}

/** It may have been ended meanwhile, by a test that has failed. */
function goOn(shop: ThrowawayShop, pid: number): void {
  try {
    shop.goOn(pid);
  } catch {
    // gone
  }
}
