import { shopEndpoints } from '#contracts/shop/endpoints.js';
import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import { setRollOut } from '../../../strangler-proxy/flags/set-roll-out.js';
import { compile } from '../../e2e/support/shop-system.js';
import { handOverControl } from '../../faults/support/hand-over-control.js';
import { movable, type State } from '../states.js';
import type { StoppableShop } from './monolith-alone.js';
import { startShop } from '../../support/start-shop.js';
import { wideMs } from '../../support/wide-limits.js';

/** Longest that hand-overs may take, in milliseconds. */
const handOverWithin = 10 * wideMs;

/** A whole shop behind its gateway, with monolith and services. */
export interface WholeShop extends StoppableShop {
  /** Hands over what is to change hands. @throws when that has not come to an end */
  take(state: State): Promise<void>;
}

/** Starts one whose reads go to both sides, wherever the data are owned. */
export async function startWholeShop(): Promise<WholeShop> {
  await compile();
  const started = await startShop({ patient: true });
  await readFromBothSides(started);
  const { gateway, providerSandbox, mail } = started.addresses;
  return {
    shop: {
      name: 'the gateway',
      url: new URL(gateway).origin,
      providersUrl: new URL(providerSandbox).origin,
      mailUrl: new URL(mail).origin,
    },
    take: async ({ name, shares }) => {
      const share = (capability: string) =>
        handOverControl(started, capability).share(shares[capability] ?? 0, handOverWithin);
      const obstacles = (await Promise.all(movable.map(share))).filter((one) => one !== undefined);
      if (obstacles.length > 0)
        throw new Error(
          `"${name}" has not been reached within ${handOverWithin / 1_000} s: ${obstacles.join('; ')}`,
        );
    },
    stop: () => started.stop(),
  };
}

async function readFromBothSides({ addresses, secret }: ThrowawayShop): Promise<void> {
  const access = {
    url: addresses.unleash,
    token: `*:*.${secret('unleash.adminToken')}`,
    project: 'default',
    environment: 'development',
    timeoutMs: wideMs,
  };
  const reads = shopEndpoints.filter(
    ({ method, capability }) => method === 'GET' && movable.includes(capability),
  );
  for (const { capability, verb } of reads) {
    await setRollOut(access, {
      flag: `${capability}.${verb}`,
      percent: 50,
      stickiness: 'random',
      newStickiness: 'random',
      reason: 'both sides answer reads alike',
      description: '',
      replace: false,
    });
  }
}
