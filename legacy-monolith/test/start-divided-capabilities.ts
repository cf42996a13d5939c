import type { Sequelize } from 'sequelize';
import type { Move, Side } from '#contracts/strangler/move.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import {
  startTestNotifications,
  type TestNotifications,
} from '../../extracted/notifications/test/start-test-notifications.js';
import { startTestPayments, type TestPayments } from '../../extracted/payments/test/start-test-payments.js';
import { notifications as notificationsMove } from '../../migrations/moves/notifications.js';
import { payments as paymentsMove } from '../../migrations/moves/payments.js';
import { type OwnServer, ownBroker } from '../../sidecar/test/support/own-servers.js';
import { grantByHand, handOverByHand, releaseByHand } from '../../tests/support/hand-over-by-hand.js';
import { until } from '../../tests/support/until.js';
import { abandonCalls, countRows } from './shop-client.js';
import { startTestShop, type TestShop } from './start-test-shop.js';
import { startWatchedProviders, type WatchedProviders } from './start-watched-providers.js';

type Moved = 'payments' | 'notifications';

/** A shop whose payments and messages a test divides between the monolith and the services. */
export interface DividedCapabilities extends TestShop {
  broker: OwnServer;
  /** Stands between the payments service and the card provider. */
  watched: WatchedProviders;
  /** Hands buckets over: all of them, unless a test says how many. */
  handOver(capability: Moved, to: Side, buckets?: number): Promise<void>;
  release(capability: Moved, by: Side): Promise<void>;
  grant(capability: Moved, to: Side): Promise<void>;
  at(capability: Moved): Sequelize;
  openTasks(): Promise<number>;
  untilNothingIsOpen(): Promise<void>;
  /** Has what is open tried now, whoever had it in hand. */
  tryTasksNow(): Promise<void>;
  /** Lets all calls to the card provider that are still open count as abandoned, on both sides. */
  abandonCalls(): Promise<void>;
  stopService(capability: Moved): Promise<void>;
  startService(capability: Moved): Promise<void>;
}

const moves: Record<Moved, Move> = { payments: paymentsMove, notifications: notificationsMove };

/** Keys that fall into the first so many buckets, one for each. */
function keysOf(capability: string, buckets = 100): string[] {
  const keys = new Map<number, string>();
  for (let number = 1; keys.size < 100; number += 1) {
    const bucket = bucketOfKey(capability, `key-${number}`);
    if (!keys.has(bucket)) keys.set(bucket, `key-${number}`);
  }
  return [...keys].filter(([bucket]) => bucket <= buckets).map(([, key]) => key);
}

/** Monolith, payments and notifications services with a broker of their own between them. */
export async function startDividedCapabilities(): Promise<DividedCapabilities> {
  const broker = await ownBroker();
  const natsUrl = broker.url;
  const shop = await startTestShop({ natsUrl });
  const watched = await startWatchedProviders(shop.providers.url);
  const start = {
    payments: (databaseUrl?: string): Promise<TestPayments> =>
      startTestPayments({
        ...{ natsUrl, released: true, providersUrl: watched.url },
        ...known(databaseUrl),
      }),
    notifications: (databaseUrl?: string): Promise<TestNotifications> =>
      startTestNotifications({ natsUrl, released: true, ...known(databaseUrl) }),
  };
  /** Each keeps its schema until the end; what a test stops and starts are further instances of it. */
  const keepers = {
    payments: await idleKeeper('payments'),
    notifications: await idleKeeper('notifications'),
  };
  const running = new Map<Moved, { stop(): Promise<void> }>();

  async function idleKeeper(capability: Moved) {
    const options = { released: true, idle: true };
    return capability === 'payments' ? startTestPayments(options) : startTestNotifications(options);
  }
  const startService = async (capability: Moved) => {
    if (running.has(capability)) return;
    running.set(capability, await start[capability](keepers[capability].databaseUrl));
  };
  const stopService = async (capability: Moved) => {
    await running.get(capability)?.stop();
    running.delete(capability);
  };
  const databases = (capability: Moved) => ({
    monolith: shop.monolith.database,
    service: keepers[capability].database,
  });
  const openTasks = () => countRows(shop.monolith.database, 'order_tasks');
  await Promise.all([startService('payments'), startService('notifications')]);
  return {
    ...{ ...shop, broker, watched, openTasks, startService, stopService },
    handOver: (capability, to, buckets) =>
      handOverByHand(databases(capability), moves[capability], keysOf(capability, buckets), to),
    release: (capability, by) =>
      releaseByHand(databases(capability), moves[capability], keysOf(capability), by),
    grant: (capability, to) => grantByHand(databases(capability), moves[capability], keysOf(capability), to),
    at: (capability) => keepers[capability].database,
    untilNothingIsOpen: () => until(async () => (await openTasks()) === 0),
    tryTasksNow: async () => {
      await shop.monolith.database.query('UPDATE order_tasks SET next_try_at = UTC_TIMESTAMP(3)');
    },
    abandonCalls: async () => {
      await abandonCalls(shop.monolith.database);
      await keepers.payments.database.query(
        'UPDATE provider_attempts SET touched_at = touched_at - INTERVAL 1 HOUR',
      );
    },
    stop: async () => {
      await shop.stop();
      await Promise.all([stopService('payments'), stopService('notifications')]);
      await Promise.all([keepers.payments.stop(), keepers.notifications.stop(), watched.stop()]);
      await broker.end();
    },
  };
}

function known(databaseUrl: string | undefined): { databaseUrl?: string } {
  return databaseUrl === undefined ? {} : { databaseUrl };
}
