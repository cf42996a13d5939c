import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import { stockProduct } from '../../../deploy/throwaway/stock-product.js';
import { handOverControl } from '../support/hand-over-control.js';
import { refusalOf, refusalOfAll } from '../support/look-at-applier.js';

/** Milliseconds between two orders. */
const rest = 50;
const mostOrders = 400;
/** Longest that a hand-over of all orders may take, in milliseconds. */
const handOverWithin = 600_000;

/**
 * Places orders while the card provider hangs and all buckets of orders go from the service to the monolith, so that clients
 * of some are answered 202 by the service when it does not own them any more; then all goes to the service again, which only works where replication has lived
 * through it, both ways.
 * @returns what is wrong; an order that was answered otherwise says nothing about those that were late
 */
export async function moveLateOrders(shop: ThrowawayShop): Promise<string[]> {
  const control = handOverControl(shop, 'orders');
  const wrong: string[] = [];
  const share = async (percent: number, signal?: AbortSignal): Promise<void> => {
    const obstacle = await control.share(percent, handOverWithin, signal);
    if (obstacle !== undefined) wrong.push(`orders were not handed over to ${percent} %: ${obstacle}`);
  };
  await stockProduct(shop.addresses.gateway, 'late-lamp', 1_000);
  await share(100);
  const provider = shop.pause('provider-sandbox');
  const answers: Promise<number>[] = [];
  try {
    const moving = { over: false };
    const stopping = new AbortController();
    const moved = share(0, stopping.signal).finally(() => (moving.over = true));
    // What the monolith refuses keeps the other buckets from moving, too.
    const watching = untilRefused(shop, moving).then((refused) => refused && stopping.abort());
    // Of those placed at the service shortly before their bucket goes, clients have their answer when it has gone.
    while (!moving.over && answers.length < mostOrders) {
      answers.push(placeOrder(shop.addresses.gateway));
      await sleep(rest);
    }
    await Promise.all([moved, watching]);
    if (!(await Promise.all(answers)).includes(202)) wrong.push('no order was late: nothing was tried');
  } finally {
    shop.goOn(provider);
  }
  // The way back gives rows to the service that it wrote without owning them: then nobody refuses them any more.
  const refusal = await refusalOfAll(shop, 'orders', 'monolith');
  if (refusal !== undefined)
    return [...wrong, `the monolith refuses what the service has written: ${refusal}`];
  await share(100);
  await share(0);
  return wrong;
}

/** @returns whether the monolith's applier was stopped before all had moved */
async function untilRefused(shop: ThrowawayShop, moving: { over: boolean }): Promise<boolean> {
  while (!moving.over) {
    if (await refusalOf(shop, 'orders', 'monolith')) return true;
    await sleep(500);
  }
  return false;
}

async function placeOrder(gateway: string): Promise<number> {
  const response = await fetch(new URL('/orders', gateway), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({
      customerId: 'late',
      items: [{ productId: 'late-lamp', quantity: 1 }],
      payment: { type: 'card', token: 'tok_visa' },
      contact: { email: 'late@customers.example' },
    }),
  });
  await response.text();
  return response.status;
}
