import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { reportOperations } from '../support/report-operations.js';
import { until } from '../support/until.js';
import { listStock } from './support/list-stock.js';
import { orderFile, replayUntilStopped } from './support/replay-orders.js';
import { type ShopSystem, startShopSystem } from './support/shop-system.js';
import { type StockReaders, watchReads } from './support/watch-reads.js';

const file = orderFile();
/** Enough for orders of one product to meet, few enough for many rounds. */
const invoicesPerRound = 60;
let shop: ShopSystem;
let placed = 0;
let reads = 0;

beforeAll(async () => {
  shop = await startShopSystem();
  expect(await shop.strangler('import', file, '--json')).toMatchObject({ exitCode: 0 });
  await untilBothSidesAgree();
});
afterAll(async () => {
  reportOperations('flip-under-load', { 'orders placed': placed, reads });
  await shop?.stop();
});

async function flip(percent: number) {
  const flipped = await shop.strangler('flip', 'inventory.get', `${percent}`, '--reason', 'end-to-end test');
  expect(flipped).toMatchObject({ exitCode: 0 });
}

async function untilBothSidesAgree() {
  await until('the service holds what the monolith holds', async () => {
    const [monolith, service] = await Promise.all([
      listStock(shop.addresses.monolith),
      listStock(shop.serviceUrl('inventory')),
    ]);
    return JSON.stringify(monolith) === JSON.stringify(service);
  });
}

async function readStock(clients: number): Promise<StockReaders> {
  const stock = await listStock(shop.addresses.monolith);
  const productIds = stock.slice(0, 200).map(({ productId }) => productId);
  return watchReads(shop.addresses.gateway, productIds, clients);
}

/** Runs while clients order and read; afterwards none of them may have met anything but what the contract explains. */
async function underTraffic(work: (readers: StockReaders) => Promise<void>) {
  const readers = await readStock(4);
  const orders = replayUntilStopped(shop, file, invoicesPerRound);
  try {
    await work(readers);
  } finally {
    await readers.stop();
    const rounds = await orders.stop();
    reads += readers.total();
    placed += rounds.reduce((sum, round) => sum + round.placed, 0);
    expect(rounds.map(({ unexpected }) => unexpected.examples)).toEqual(rounds.map(() => []));
    expect(rounds.map(({ retries }) => retries)).toEqual(rounds.map(() => ({})));
    expect(rounds.map(({ stockReads }) => stockReads.stale)).toEqual(rounds.map(() => 0));
    expect(rounds.reduce((sum, { placed }) => sum + placed, 0)).toBeGreaterThan(0);
    expect(readers.failures()).toEqual([]);
  }
}

describe('reads of stock under orders', () => {
  it('flip to the service and back without a failed request or a stale read', async () => {
    await underTraffic(async (readers) => {
      for (const percent of [10, 50, 100, 0, 100]) {
        await flip(percent);
        readers.countAfresh();
        await until(`reads are answered as ${percent} % wants`, () => {
          return readers.answers() > 50 && (percent === 0 || readers.answersBy('service') > 5);
        });
        expect(readers.answersBy('service') > 0).toBe(percent > 0);
      }
    });
    await untilBothSidesAgree();
  });

  it('are answered by the service alone at 100 % once nobody writes', async () => {
    await flip(100);
    const readers = await readStock(2);
    await until('the service answers all', () => {
      const [all, byService] = [readers.answers(), readers.answersBy('service')];
      if (all !== byService) readers.countAfresh();
      return all > 50 && all === byService;
    });
    await readers.stop();
    expect(readers.failures()).toEqual([]);
  });
});

describe('while all reads are flipped, a SIGKILL of', () => {
  it.each(['inventory', 'monolith-sidecar', 'nats', 'unleash-db'])(
    '%s lets reads go on, and the replica catches up',
    async (name) => {
      await flip(100);
      await underTraffic(async (readers) => {
        await until('the service answers', () => readers.answersBy('service') > 0);
        await shop.killAndAwaitRestart(name);
        readers.countAfresh();
        await until('the service answers again', () => readers.answersBy('service') > 0);
      });
      await untilBothSidesAgree();
    },
  );
});
