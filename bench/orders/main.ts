import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readProcessRecords } from '#platform/supervision/process-records.js';
import { stockProduct } from '../../deploy/throwaway/stock-product.js';
import { startThrowawayShop, type ThrowawayShop } from '../../deploy/throwaway/start-throwaway-shop.js';
import { readBenchConfig } from '../support/config.js';
import { machine } from '../support/machine.js';
import { moveShare } from '../support/move-share.js';
import { processorTime } from '../support/processor-time.js';
import { median, quantile } from '../support/quantile.js';
import { type PlacedOrder, placeOrders } from './place-orders.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
    customers: { type: 'string', default: '8' },
    products: { type: 'string', default: '200' },
  },
});

const root = fileURLToPath(new URL('../../../', import.meta.url));
const capabilities = ['orders', 'inventory', 'payments', 'notifications'] as const;
const stock = 1_000_000;

/** A way to place orders: how many buckets of each capability are with the services, and whom customers ask. */
interface Way {
  name: string;
  percent: number;
  direct?: true;
}

const ways: readonly [Way, ...Way[]] = [
  { name: 'the monolith, through the gateway', percent: 0 },
  { name: 'the monolith, asked directly', percent: 0, direct: true },
  { name: 'half of the buckets of each capability', percent: 50 },
  { name: 'all with the services', percent: 100 },
];

/** What one turn of a way came to. */
interface Turn {
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Milliseconds of processor time of the whole shop, per order. */
  cpu: number;
  orders: readonly PlacedOrder[];
}

async function main(): Promise<void> {
  const shop = await startThrowawayShop({ root, environment: readBenchConfig(process.env) });
  try {
    const productIds = Array.from({ length: Number(options.products) }, (_, number) => `bench-${number}`);
    for (const productId of productIds) await stockProduct(shop.addresses.gateway, productId, stock);
    report(await takeTurns(shop, productIds));
  } finally {
    await shop.stop();
  }
}

/** Each way has its turn in each round, in an order that moves on, so that what slows the machine hits all alike. */
async function takeTurns(shop: ThrowawayShop, productIds: readonly string[]): Promise<Map<Way, Turn[]>> {
  const turns = new Map<Way, Turn[]>(ways.map((way) => [way, []]));
  for (let round = 0; round < Number(options.rounds); round += 1) {
    for (let at = 0; at < ways.length; at += 1) {
      const way = ways[(at + round) % ways.length] ?? ways[0];
      for (const capability of capabilities) await moveShare(shop, capability, way.percent);
      // Connections, breakers and compiled code are warm before anything counts.
      await takeTurn(shop, way, productIds, 2);
      turns.get(way)?.push(await takeTurn(shop, way, productIds, Number(options.seconds)));
    }
  }
  return turns;
}

async function takeTurn(
  shop: ThrowawayShop,
  way: Way,
  productIds: readonly string[],
  seconds: number,
): Promise<Turn> {
  const { gateway, monolith } = shop.addresses;
  // Customers are told, and projections written, behind the answers: a turn must not pay for the one before.
  await sleep(2_000);
  const before = cpuOf(shop);
  const orders = await placeOrders({
    url: way.direct ? monolith : gateway,
    customers: Number(options.customers),
    ...{ productIds, seconds },
  });
  await sleep(2_000);
  const times = orders.filter(({ status }) => status === 201).map(({ took }) => took);
  return {
    perSecond: times.length / seconds,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    cpu: ((cpuOf(shop) - before) * 1_000) / orders.length,
    orders,
  };
}

function cpuOf(shop: ThrowawayShop): number {
  const { processes } = readProcessRecords(shop.dataDir) ?? { processes: [] };
  return processorTime(processes.flatMap(({ pid }) => pid ?? [])) ?? Number.NaN;
}

function report(turns: ReadonlyMap<Way, readonly Turn[]>): void {
  const of = (way: Way, figure: (turn: Turn) => number) => median((turns.get(way) ?? []).map(figure));
  const ratio = (way: Way, figure: (turn: Turn) => number) =>
    `${(of(way, figure) / of(ways[0], figure)).toFixed(2)} ×`;
  const line = (...cells: string[]) => console.log(`| ${cells.join(' | ')} |`);
  console.log(
    `\n${machine()}, ${options.customers} customers, medians of ${options.rounds} rounds of ${options.seconds} s\n`,
  );
  line('', 'orders/s', 'against the first', 'p50 ms', '', 'p99 ms', '', 'CPU ms/order', '', 'not confirmed');
  line(...Array.from({ length: 10 }, () => '---'));
  for (const way of ways) {
    const orders = (turns.get(way) ?? []).flatMap((turn) => turn.orders);
    line(
      way.name,
      of(way, ({ perSecond }) => perSecond).toFixed(1),
      ratio(way, ({ perSecond }) => perSecond),
      of(way, ({ p50 }) => p50).toFixed(1),
      ratio(way, ({ p50 }) => p50),
      of(way, ({ p99 }) => p99).toFixed(1),
      ratio(way, ({ p99 }) => p99),
      of(way, ({ cpu }) => cpu).toFixed(1),
      ratio(way, ({ cpu }) => cpu),
      `${orders.filter(({ status }) => status !== 201).length} of ${orders.length}`,
    );
  }
}

await main();
