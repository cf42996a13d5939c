import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  backfillProgressSchema,
  backfillProgressSubject,
  backfillSubject,
} from '#contracts/strangler/backfill.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import { listenJson, type NatsConnection, requestJson } from '#platform/messaging/exchange-json.js';
import { startThrowawayShop, type ThrowawayShop } from '../../deploy/throwaway/start-throwaway-shop.js';
import { confirmDifferences } from '../../strangler-proxy/control/verify/confirm-differences.js';
import { describeResult } from '../../strangler-proxy/control/verify/describe-result.js';
import { verifyCapability } from '../../strangler-proxy/control/verify/verify-capability.js';
import type { VerifyResult } from '../../strangler-proxy/control/verify/verify-result.js';
import { readBenchConfig } from '../support/config.js';
import { machine } from '../support/machine.js';
import { processorTime } from '../support/processor-time.js';
import { addUnheard, connectSchema, idOf, spoil, writeSteadily } from './stock-rows.js';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    rate: { type: 'string', default: '300' },
    wrong: { type: 'string', default: '200' },
  },
});

const root = fileURLToPath(new URL('../../../', import.meta.url));
const capability = 'inventory';
const rows = Number(options.rows);

async function main(): Promise<void> {
  const environment = readBenchConfig(process.env);
  const shop = await startThrowawayShop({ root, environment, services: [capability] });
  const nats = await connectNats('bench', shop.natsUrl);
  try {
    await measure(shop, nats);
  } finally {
    await nats.close();
    await shop.stop();
  }
}

async function measure(shop: ThrowawayShop, nats: NatsConnection): Promise<void> {
  const { mysqlAdminUrl } = shop;
  const measured = { nats, processes: () => pidsOf(shop) };
  const owner = await connectSchema(mysqlAdminUrl, 'shop');
  const replica = await connectSchema(mysqlAdminUrl, 'inventory');
  try {
    await addUnheard(owner, rows);
    console.log(`\n${machine()}, ${rows} rows of stock\n`);
    line('', 'seconds', 'rows/s', 'processor µs/row', 'blocks again', 'rows again', 'outcome');
    line('---', '---', '---', '---', '---', '---', '---');
    const filled = await seconds(() => fillReplica(nats));
    line('backfill of an empty replica', filled.toFixed(1), perSecond(filled), '', '', '', '');
    for (let round = 1; round <= Number(options.rounds); round += 1)
      await verify(measured, `verify, nobody writes (${round})`);
    const load = writeSteadily(owner, rows, Number(options.rate));
    try {
      for (let round = 1; round <= Number(options.rounds); round += 1)
        await verifyUnder(load, measured, `verify under writes (${round})`);
    } finally {
      await load.stop();
    }
    await repair(measured, () => spoil(replica, wrongIds()));
  } finally {
    owner.destroy();
    replica.destroy();
  }
}

async function verifyUnder(load: { written(): number }, measured: Measured, what: string): Promise<void> {
  const before = load.written();
  const { seconds: took } = await verify(measured, what);
  console.log(`  with ${((load.written() - before) / took).toFixed(0)} writes/s`);
}

async function repair(measured: Measured, plant: () => Promise<void>): Promise<void> {
  const { nats } = measured;
  await plant();
  const found = await verify(measured, `verify, ${options.wrong} rows wrong`);
  const mended = await seconds(async () => {
    const request = { table: 'stock_levels', check: false, patience: 60_000 };
    await confirmDifferences({ nats, capability }, found.differences, request);
  });
  line(`mending ${found.differences.length} rows`, mended.toFixed(1), '', '', '', '', '');
  await verify(measured, 'verify, after mending');
}

/** What verification is measured with. */
interface Measured {
  nats: NatsConnection;
  /** All that work for it but this one. */
  processes(): number[];
}

async function verify({ nats, processes }: Measured, what: string): Promise<VerifyResult> {
  const pids = processes();
  const before = processorTime(pids);
  const result = await verifyCapability({ nats, capability, most: 100_000, patience: 60_000 });
  const after = processorTime(pids);
  report(what, result, before === undefined || after === undefined ? undefined : after - before);
  return result;
}

/** Both sidecars and the database that holds both sides. */
function pidsOf(shop: ThrowawayShop): number[] {
  const names = ['monolith-sidecar', 'inventory-sidecar', 'mysql'];
  return names.flatMap((name) => shop.processOf(name).pid ?? []);
}

/** Resolves when the replica that was asked to be filled is complete. */
async function fillReplica(nats: NatsConnection): Promise<void> {
  const request = { reason: 'bench' };
  let begun = false;
  let done: () => void = () => undefined;
  const complete = new Promise<void>((resolve) => (done = resolve));
  const stop = listenJson(
    nats,
    backfillProgressSubject(capability, 'service'),
    backfillProgressSchema,
    (progress) => {
      begun ||= !progress.complete;
      if (begun && progress.complete) done();
    },
    (problem) => console.error(problem),
  );
  await requestJson(nats, backfillSubject(capability, 'service'), request, backfillProgressSchema.nullable());
  await complete;
  stop();
}

function wrongIds(): string[] {
  const wrong = Number(options.wrong);
  return Array.from({ length: wrong }, (_, index) => idOf(Math.floor((index * rows) / wrong)));
}

function report(what: string, result: VerifyResult, processor: number | undefined): void {
  const total = (of: 'blocksAgain' | 'suspected') =>
    String(result.tables.reduce((sum, table) => sum + table[of], 0));
  const { seconds: took, rowsPerSecond } = result;
  const perRow = processor === undefined ? '' : ((processor / rows) * 1e6).toFixed(2);
  const figures = [
    took.toFixed(1),
    rowsPerSecond.toLocaleString('en'),
    perRow,
    total('blocksAgain'),
    total('suspected'),
  ];
  line(what, ...figures, describeResult(result));
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const beganAt = performance.now();
  await work();
  return (performance.now() - beganAt) / 1_000;
}

function perSecond(took: number): string {
  return Math.round(rows / took).toLocaleString('en');
}

function line(...cells: string[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

await main();
