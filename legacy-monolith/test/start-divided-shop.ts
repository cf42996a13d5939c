import type { Side } from '#contracts/strangler/move.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import {
  startTestInventory,
  type TestInventory,
} from '../../extracted/inventory/test/start-test-inventory.js';
import { inventory as move } from '../../migrations/moves/inventory.js';
import { type OwnServer, ownBroker } from '../../sidecar/test/support/own-servers.js';
import {
  type BothDatabases,
  grantByHand,
  handOverByHand,
  releaseByHand,
} from '../../tests/support/hand-over-by-hand.js';
import { until } from '../../tests/support/until.js';
import { countRows, shopClient } from './shop-client.js';
import type { TestMonolithOptions } from './start-test-monolith.js';
import { startTestShop, type TestShop } from './start-test-shop.js';

type Stock = [available: number, reserved: number, version: number];

/** A shop whose stock is partly the monolith's and partly the service's. */
export interface DividedShop extends TestShop {
  broker: OwnServer;
  inventory: TestInventory;
  /** Products whose stock each side owns for a start: in different buckets, one letter after the other. */
  givenStock(available: number, owners: Record<string, Side>): Promise<void>;
  handOver(products: string[], to: Side): Promise<void>;
  release(products: string[], by: Side): Promise<void>;
  grant(products: string[], to: Side): Promise<void>;
  /** As its owner has it. */
  stockAt(side: Side, product: string): Promise<Stock>;
  openTasks(): Promise<number>;
  /** What has been left open is tried at once, whoever had it in hand, until it is done. */
  untilNothingIsOpen(): Promise<void>;
  stopService(): Promise<void>;
  startService(): Promise<void>;
}

/** Monolith and inventory service with a broker of their own between them; a test says who owns what. */
export async function startDividedShop(
  options: Omit<TestMonolithOptions, 'providersUrl' | 'natsUrl'> = {},
): Promise<DividedShop> {
  const broker = await ownBroker();
  const natsUrl = broker.url;
  const shop = await startTestShop({ ...options, natsUrl });
  let inventory = await startTestInventory({ natsUrl });
  /** Keeps the schema until the end, however often the service is stopped. */
  const keeper = inventory;
  const databases: BothDatabases = { monolith: shop.monolith.database, service: keeper.database };
  let up = true;
  const openTasks = () => countRows(shop.monolith.database, 'order_tasks');
  const stopService = async () => {
    if (up) await inventory.disconnect();
    up = false;
  };
  return {
    ...shop,
    broker,
    get inventory() {
      return inventory;
    },
    givenStock: async (available, owners) => {
      const products = Object.keys(owners);
      const buckets = products.map((product) => bucketOfKey('inventory', product));
      if (new Set(buckets).size < products.length) throw new Error('two of these products share a bucket');
      await handOverByHand(databases, move, products, 'monolith');
      for (const product of products) await shop.shop.givenProduct(product, available);
      for (const product of products) await handOverByHand(databases, move, [product], owners[product]!);
    },
    handOver: (products, to) => handOverByHand(databases, move, products, to),
    release: (products, by) => releaseByHand(databases, move, products, by),
    grant: (products, to) => grantByHand(databases, move, products, to),
    stockAt: (side, product) =>
      shopClient(side === 'monolith' ? shop.monolith.app : keeper.app).stock(product),
    openTasks,
    untilNothingIsOpen: async () => {
      await shop.monolith.database.query('UPDATE order_tasks SET next_try_at = UTC_TIMESTAMP(3)');
      await until(async () => (await openTasks()) === 0);
    },
    stopService,
    startService: async () => {
      if (up) return;
      inventory = await startTestInventory({ natsUrl, databaseUrl: keeper.databaseUrl });
      up = true;
    },
    stop: async () => {
      await shop.stop();
      if (inventory !== keeper) await inventory.stop();
      await keeper.stop();
      await broker.end();
    },
  };
}
