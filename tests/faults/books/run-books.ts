import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Side } from '#contracts/strangler/move.js';
import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import { runImport } from '../../../legacy-monolith/import/run-import.js';
import { type ReplaySummary, runReplay } from '../../../legacy-monolith/replay/run-replay.js';
import { disturb } from '../disturbances/disturb.js';
import type { Disturbance } from '../disturbances/disturbance.js';
import { type Random, randomFrom } from '../load/random.js';
import { handOverControl } from '../support/hand-over-control.js';
import type { Books, Discrepancy } from './books.js';
import { checkBooks } from './check-books.js';
import { checkTold } from './check-told.js';
import { fillShelves } from './fill-shelves.js';
import { orderInDoubt, type Told } from './order-in-doubt.js';
import { bookedCapabilities } from './read-side.js';
import { type Opening, readOpening, readShopBooks } from './read-shop-books.js';
import { sendParcels } from './send-parcels.js';

export interface BooksOptions {
  shop: ThrowawayShop;
  /** Real orders, as the import takes them. */
  file: string;
  seed: number;
  /** Customers that are served at once. */
  clients: number;
  /** How many of the file's invoices make a round; another begins as long as capabilities are handed over. */
  invoices: number;
  /** Processes that may be killed, and how many times in each direction. */
  targets: readonly string[];
  kills: number;
  /** Programs outside the shop that answer late, and how many times in each direction. */
  slow: readonly string[];
  slowTimes: number;
  /** Those that answer late once in each direction, when nothing is killed any more. */
  slowAtLast: readonly string[];
  /** Customers who do not wait for an answer as long as it may take, and ask again under the same key. */
  doubtful: number;
  /** Least and most milliseconds between one kill and the next. */
  gap: readonly [number, number];
  /** Longest that a hand-over may take, in milliseconds. */
  handOverWithin: number;
  /** Longest that everything may take to come to rest, in milliseconds. */
  settleWithin: number;
  say: (line: string) => void;
}

/** The books once every capability is with one side. */
export interface Audit {
  owner: Side;
  books: Books;
  wrong: Discrepancy[];
  /** Capabilities in the order in which they were handed over. */
  handOvers: readonly string[];
  disturbances: readonly Disturbance[];
  replays: readonly ReplaySummary[];
  shipped: number;
  /** What customers were told who have asked again under the same key. */
  told: readonly Told[];
}

/**
 * Lets real orders run through the gateway while all capabilities are handed to the services one after another, with
 * kills among them; checks the books; then the same on the way back. The same seed chooses the same order of hand-overs,
 * and the same kills; when exactly they meet is up to the machine.
 */
export async function runBooks(options: BooksOptions): Promise<Audit[]> {
  const { shop, file, seed } = options;
  await runImport({ file, mysqlUrl: monolithDatabase(shop) });
  const products = (await readOpening(shop)).stock.keys();
  await fillShelves(shop.addresses.gateway, [...products], randomFrom(seed));
  const opening = await readOpening(shop);
  const audits: Audit[] = [];
  for (const [index, owner] of (['service', 'monolith'] as const).entries()) {
    const audit = await handAllOver(options, owner, randomFrom(seed + index), opening);
    audits.push(audit);
    // What did not get there can't go back: the first thing that is wrong is what there is to look at.
    if (audit.wrong.length > 0) break;
  }
  return audits;
}

async function handAllOver(
  options: BooksOptions,
  owner: Side,
  random: Random,
  opening: Opening,
): Promise<Audit> {
  const { shop, seed, doubtful, say } = options;
  const { gateway } = shop.addresses;
  const another = () => randomFrom(random.between(1, 1_000_000));
  const traffic = replayUntilStopped(options, owner);
  const clerk = sendParcels(gateway, another());
  const products = [...opening.stock.keys()];
  const inDoubt = orderInDoubt(gateway, products, doubtful, `${seed}-${owner}`, another());
  const handOvers = shuffled(bookedCapabilities, random);
  const disturbances: Disturbance[] = [];
  const stuck: Discrepancy[] = [];
  let replays: ReplaySummary[] = [];
  let shipped = 0;
  let told: Told[] = [];
  try {
    const { slow, slowTimes, slowAtLast, kills } = options;
    const late = { ...options, targets: slow, kills: 0, others: slowTimes };
    const disturbing = Promise.all([
      disturb({ ...options, random, kills, others: 0 }, disturbances),
      disturb({ ...late, random: another() }, disturbances),
    ]);
    stuck.push(...(await handOver(options, owner, handOvers, another())));
    await disturbing;
    for (const target of slowAtLast)
      await disturb({ ...late, targets: [target], others: 1, random: another() }, disturbances);
  } finally {
    [replays, shipped, told] = await Promise.all([traffic.stop(), clerk.stop(), inDoubt.stop()]);
  }
  say('waiting for everything to come to rest');
  const books = await settle(options, owner, opening);
  const wrong = [...stuck, ...checkBooks(books), ...checkTold(told, books)];
  return { owner, books, wrong, handOvers, disturbances, replays, shipped, told };
}

/**
 * Hands capabilities over, one after the other; of some of these the operators think better of it on the way, and want it again.
 * @returns those that are not all with their owner
 */
async function handOver(
  { shop, handOverWithin, say }: BooksOptions,
  owner: Side,
  capabilities: readonly string[],
  random: Random,
): Promise<Discrepancy[]> {
  const stuck: Discrepancy[] = [];
  const percent = owner === 'service' ? 100 : 0;
  for (const capability of capabilities) {
    const began = performance.now();
    const control = handOverControl(shop, capability);
    if (random.next() < 0.5)
      await control.changeMind(percent, random.between(0, 600), random.pick(['pause', 'rollback'] as const));
    const obstacle = await control.share(percent, handOverWithin);
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    say(`${capability} ${obstacle ? 'is not all' : 'is'} with the ${owner} after ${seconds} s`);
    if (obstacle) stuck.push({ about: capability, what: `was not handed to the ${owner}: ${obstacle}` });
  }
  return stuck;
}

/** Reads the books again and again until they are right: messages, replicas and what crashes have left need their time. */
async function settle({ shop, settleWithin }: BooksOptions, owner: Side, opening: Opening): Promise<Books> {
  const until = performance.now() + settleWithin;
  for (;;) {
    const books = await readShopBooks(shop, owner, opening);
    if (performance.now() > until || checkBooks(books).length === 0) return books;
    await sleep(1_000);
  }
}

function replayUntilStopped({ shop, file, seed, clients, invoices }: BooksOptions, owner: Side) {
  const ending = new AbortController();
  const to = shop.addresses.gateway;

  async function rounds(): Promise<ReplaySummary[]> {
    const summaries: ReplaySummary[] = [];
    while (!ending.signal.aborted) {
      const runId = `books-${seed}-${owner}-${summaries.length}`;
      const round = { file, to, clients, runId, limit: invoices, speed: 0, signal: ending.signal };
      summaries.push(await runReplay(round));
    }
    return summaries;
  }

  const all = rounds();
  return { stop: () => (ending.abort(), all) };
}

function monolithDatabase({ addresses, secret }: ThrowawayShop): string {
  const url = new URL(addresses.mysql);
  url.username = 'monolith';
  url.password = secret('mysql.monolith');
  url.pathname = '/shop';
  return url.href;
}

/** Fisher and Yates. */
function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const left = [...items];
  return items.map(() => left.splice(random.between(0, left.length - 1), 1)[0]!);
}
