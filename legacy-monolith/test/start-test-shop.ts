import type { Charge } from '#contracts/shop/provider.js';
import {
  startTestProviders,
  type TestProviders,
} from '../../deploy/sandboxes/providers/test/start-test-providers.js';
import { shopClient } from './shop-client.js';
import { startTestMonolith, type TestMonolith, type TestMonolithOptions } from './start-test-monolith.js';

/** A monolith with providers of its own, and a client. */
export interface TestShop {
  providers: TestProviders;
  monolith: TestMonolith;
  shop: ReturnType<typeof shopClient>;
  /** What the card provider has in its ledger about an order. */
  chargesOf(orderId: string): Promise<Charge[]>;
  stop(): Promise<void>;
}

/** Starts what most suites of the monolith need. */
export async function startTestShop(
  options: Omit<TestMonolithOptions, 'providersUrl'> = {},
): Promise<TestShop> {
  const providers = await startTestProviders();
  const monolith = await startTestMonolith({ ...options, providersUrl: providers.url });
  return {
    ...{ providers, monolith, shop: shopClient(monolith.app) },
    chargesOf: async (orderId) =>
      (await providers.charges()).filter(({ reference }) => reference === orderId),
    stop: async () => {
      await monolith.stop();
      await providers.stop();
    },
  };
}
