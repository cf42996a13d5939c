import type { Sequelize } from 'sequelize';
import {
  startTestProviders,
  type TestProviders,
} from '../../../deploy/sandboxes/providers/test/start-test-providers.js';
import { startTestMonolith, type TestMonolith } from '../../../legacy-monolith/test/start-test-monolith.js';
import {
  startWatchedProviders,
  type WatchedProviders,
} from '../../../legacy-monolith/test/start-watched-providers.js';
import { type OwnServer, ownBroker } from '../../../sidecar/test/support/own-servers.js';
import { startTestInventory, type TestInventory } from '../../inventory/test/start-test-inventory.js';
import { startTestPayments, type TestPayments } from '../../payments/test/start-test-payments.js';

/** Everything that orders need of others: stock and payments of services, a catalogue and messages of the monolith. */
export interface TestParticipants {
  broker: OwnServer;
  inventory: TestInventory;
  payments: TestPayments;
  monolith: TestMonolith;
  providers: TestProviders;
  /** Stands between everyone and the providers, so that a test can let requests fail. */
  watched: WatchedProviders;
  stop(): Promise<void>;
}

/**
 * Starts real services on schemas of their own, with a broker of their own between them.
 * @param paymentTimeoutMs when a charge that the provider never answers is given up
 */
export async function startParticipants(paymentTimeoutMs = 200): Promise<TestParticipants> {
  const [broker, providers] = await Promise.all([ownBroker(), startTestProviders()]);
  const watched = await startWatchedProviders(providers.url);
  const natsUrl = broker.url;
  const providersUrl = watched.url;
  const [monolith, inventory, payments] = await Promise.all([
    startTestMonolith({ providersUrl, natsUrl, paymentTimeoutMs }),
    startTestInventory({ natsUrl }),
    startTestPayments({ providersUrl, natsUrl, timeoutMs: paymentTimeoutMs }),
  ]);
  await ownAll(inventory.database, 'inventory');
  return {
    ...{ broker, inventory, payments, monolith, providers, watched },
    stop: async () => {
      await Promise.all([monolith.stop(), inventory.stop(), payments.stop(), providers.stop()]);
      await watched.stop();
      await broker.end();
    },
  };
}

/** Gives a side every bucket of a capability, as after a hand-over of all of it. */
export async function ownAll(database: Sequelize, capability: string): Promise<void> {
  await database.query(`UPDATE ${capability}_ownership SET state = 'owned', epoch = 2`);
}
