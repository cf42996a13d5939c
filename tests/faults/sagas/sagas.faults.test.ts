import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { deriveId } from '#platform/ownership/derive-id.js';
import { orderSagas } from '../../../extracted/orders/use-cases/order-sagas.js';
import type { OrderWork } from '../../../extracted/orders/use-cases/order-work.js';
import { until } from '../../support/until.js';
import { checkBooks } from '../books/check-books.js';
import type { Books, Discrepancy } from '../books/books.js';
import { actOnce, actUntilAnswered, type ClientAnswer, type ClientOrder } from './act-on-order.js';
import { failuresForAWhile, failuresForGood, kills, type SagaCase } from './saga-cases.js';
import { type SagaShop, startSagaShop } from './saga-shop.js';
import { type Way, waysTo } from './ways-to-sagas.js';

/** A case with an order that it happens to, and how that ended. */
interface Trial {
  name: string;
  case: SagaCase;
  way: Way;
  order: ClientOrder;
  answer?: ClientAnswer;
}

const shelf = 10;
const bought = 2;
/** Clients; a saga that waits holds up no more than one of them. */
const atOnce = 12;

/** The list of steps needs nobody to take them. */
const sagas = orderSagas({ participants: {} } as OrderWork);
const killed = trialsOf(kills(sagas));
const failing = trialsOf(failuresForAWhile(sagas));
const failed = trialsOf(failuresForGood(sagas));
const byOwnMeans = ownMeans();
const all = [...killed, ...failing, ...failed, ...byOwnMeans];

let shop: SagaShop;
let books: Books;
let wrong: Discrepancy[];

beforeAll(async () => {
  shop = await startSagaShop();
  for (const { order } of all) await shop.stock(order.productId, shelf);
  // Patience ends for none of these: how fast the machine is does not decide what becomes of them.
  const stoppedClock = Date.now();
  const first = await shop.startOrders({ interferences: interferencesOf(failing), stoppedClock });
  await actOnAll(first.url, all, ({ way }) => way.before);
  await allEnded();
  await actOnAll(first.url, [...failing, ...byOwnMeans], ({ way }) => [way.act]);
  await allEnded();
  await first.kill();
  await killAtEachBoundary(stoppedClock);
  const next = await shop.startOrders({ interferences: [], stoppedClock });
  await actOnAll(next.url, killed, ({ way }) => [way.act]);
  await allEnded();
  await next.kill();
  const last = await shop.startOrders({ interferences: interferencesOf(failed) });
  await actOnAll(last.url, failed, ({ way }) => [way.act]);
  await allEnded();
  books = await shop.books(
    new Map(all.map(({ order }) => [order.productId, { available: shelf, reserved: 0 }])),
  );
  wrong = checkBooks(books);
});
afterAll(() => shop?.stop());

/** Lets each saga come to its boundary, and no further; then kills the process that carries them all. */
async function killAtEachBoundary(stoppedClock: number): Promise<void> {
  const there = new Set<string>();
  const interferences = interferencesOf(killed);
  const victim = await shop.startOrders({
    interferences,
    stoppedClock,
    halted: ({ subject }) => there.add(subject),
  });
  const giveUp = new AbortController();
  const requests = killed.map(({ order, way }) => actOnce(victim.url, order, way.act, giveUp.signal));
  const halts = new Set(interferences.map(({ subject }) => subject));
  await until('each saga is at its boundary', () => there.size === halts.size);
  await victim.kill();
  giveUp.abort();
  await Promise.all(requests);
}

async function actOnAll(
  url: string,
  trials: readonly Trial[],
  actsOf: (trial: Trial) => Way['before'],
): Promise<void> {
  const left = [...trials];
  const work = async () => {
    for (let trial = left.shift(); trial; trial = left.shift())
      for (const act of actsOf(trial)) trial.answer = await actUntilAnswered(url, trial.order, act);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

async function allEnded(): Promise<void> {
  await until('nothing is left to be done', async () => (await shop.open()).length === 0);
}

describe('a saga whose process is killed', () => {
  it.each(named(killed))('%s: is carried on by another one, and ends consistent', expectEnd);
});

describe('a saga that has trouble with a participant', () => {
  it.each(named(failing))('%s: ends as if nothing had been', expectEnd);
  it.each(named(failed))('%s: leaves nothing behind', expectEnd);
});

describe('an order', () => {
  it.each(named(byOwnMeans))('%s', expectEnd);
});

describe('all orders together', () => {
  it('leave no work, no money and no stock that belong to nobody', () => {
    expect(wrong).toEqual([]);
    expect(books.orders).toHaveLength(all.length);
  });
});

function expectEnd(_name: string, { case: { end }, way, order, answer }: Trial): void {
  const own = [order.orderId, order.productId];
  expect(wrong.filter(({ about, what }) => own.some((id) => `${about} ${what}`.includes(id)))).toEqual([]);
  const status = books.orders.find(({ orderId }) => orderId === order.orderId)?.status;
  expect(status).toBe(way.status[end]);
  // 202 is an answer for good, whatever becomes of the order afterwards.
  const told = answer?.status === 202 ? end : answer!.status < 300 ? 'done' : 'taken back';
  expect(told).toBe(end);
}

function named(trials: readonly Trial[]): [string, Trial][] {
  return trials.map((trial) => [trial.name, trial]);
}

function trialsOf(cases: readonly SagaCase[]): Trial[] {
  return cases.flatMap((one) => {
    const ways = waysTo[one.saga];
    if (!ways) throw new Error(`say in ways-to-sagas.ts how a client gets "${one.saga}" begun`);
    return ways.map((way) => ({
      name: `"${one.saga}"${way.aspect === undefined ? '' : ` (${way.aspect})`}: ${one.name}`,
      case: one,
      way,
      order: newOrder(),
    }));
  });
}

/** What the shop's own cards and shelves do to orders. */
function ownMeans(): Trial[] {
  const [way] = waysTo['place order']!;
  const trial = (name: string, end: SagaCase['end'], order: Partial<ClientOrder>): Trial => ({
    ...{ name, way: way!, order: { ...newOrder(), ...order } },
    case: { saga: 'place order', name, end, interferences: [] },
  });
  return [
    trial('of more than there is leaves nothing behind', 'taken back', { quantity: shelf + 1 }),
    trial('whose card is declined leaves nothing behind', 'taken back', { token: 'tok_chargeDeclined' }),
    trial('whose card never answers leaves nothing behind', 'taken back', { token: 'tok_timeout' }),
    trial('whose card fails at first is placed', 'done', { token: 'tok_flaky' }),
  ];
}

function newOrder(): ClientOrder {
  const key = randomUUID();
  const orderId = deriveId('orders', `${key}-place`);
  const email = `${key}@example.com`;
  return { orderId, key, productId: `saga-${key}`, quantity: bought, token: 'tok_visa', email };
}

function interferencesOf(trials: readonly Trial[]) {
  return trials.flatMap(({ case: { interferences }, way, order }) => {
    const subject = way.aspect === undefined ? order.orderId : `${order.orderId}/${way.aspect}`;
    return interferences.map((one) => ({ ...one, subject }));
  });
}
