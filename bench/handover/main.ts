import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startThrowawayShop, type ThrowawayShop } from '../../deploy/throwaway/start-throwaway-shop.js';
import { readBenchConfig } from '../support/config.js';
import { machine } from '../support/machine.js';
import { moveShare } from '../support/move-share.js';
import { quantile } from '../support/quantile.js';
import { writePauses } from './figures.js';
import { stockProducts } from './stock-products.js';
import { type SystemWatch, watchSystem } from './watch-system.js';
import { type WriteLoad, writeSteadily } from './write-load.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '300' },
    connections: { type: 'string', default: '64' },
    'warm-up': { type: 'string', default: '10' },
  },
});

const root = fileURLToPath(new URL('../../../', import.meta.url));
const now = () => performance.now();

async function main(): Promise<void> {
  const environment = readBenchConfig(process.env);
  const shop = await startThrowawayShop({ root, environment, services: ['inventory'] });
  try {
    const products = await stockProducts(shop.addresses.gateway, 4);
    const watch = await watchSystem(shop.natsUrl, 'inventory', now);
    const [rate, connections] = [Number(options.rate), Number(options.connections)];
    const load = writeSteadily(shop.addresses.gateway, products, rate, connections);
    try {
      await measure(shop, watch, load);
    } finally {
      await load.stop();
      await watch.close();
    }
  } finally {
    await shop.stop();
  }
}

async function measure(shop: ThrowawayShop, watch: SystemWatch, load: WriteLoad): Promise<void> {
  await sleep(Number(options['warm-up']) * 1_000);
  const usual = load.writes.map(took);
  const usualLags = watch.lags.length;
  const began = now();
  const moves: { percent: number; seconds: number }[] = [];
  for (let round = 0; round < Number(options.rounds); round += 1) {
    for (const percent of [100, 0]) {
      const startedAt = now();
      await moveShare(shop, 'inventory', percent);
      moves.push({ percent, seconds: (now() - startedAt) / 1_000 });
      await sleep(1_000);
    }
  }
  const seconds = (now() - began) / 1_000;
  const during = load.writes.filter(({ startedAt }) => startedAt >= began);
  const pauses = writePauses(watch.passages, during, quantile(usual, 0.5));
  const failed = load.writes.filter(({ status }) => status !== 200);
  const line = (what: string, ...figures: string[]) => console.log(`| ${[what, ...figures].join(' | ')} |`);
  console.log(
    `\n${machine()}, ${(during.length / seconds).toFixed(0)} writes a second while buckets moved\n`,
  );
  line('', 'p50 ms', 'p99 ms', 'longest ms', 'of');
  line('---', '---', '---', '---', '---');
  line('a write, while nothing moves', ...spread(usual));
  line('a write, while buckets move', ...spread(during.map(took)));
  line('pause of a bucket, as its writers saw it', ...spread(pauses));
  line('from release to grant', ...spread(watch.passages.map((one) => one.grantedAt - one.releasedAt)));
  line('lag of the replicas', ...spread(watch.lags.slice(usualLags)));
  console.log(
    `\n100 buckets took ${moves.map(({ percent, seconds: took }) => `${took.toFixed(1)} s to ${percent} %`).join(', ')}`,
  );
  console.log(`writes that failed: ${failed.length} of ${load.writes.length}`);
}

function took({ startedAt, endedAt }: { startedAt: number; endedAt: number }): number {
  return endedAt - startedAt;
}

function spread(values: readonly number[]): string[] {
  const figures = [quantile(values, 0.5), quantile(values, 0.99), Math.max(...values)];
  return [...figures.map((value) => value.toFixed(1)), String(values.length)];
}

await main();
