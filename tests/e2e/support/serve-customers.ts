import { expect } from '@jest/globals';
import type { LedgerSummary } from '#contracts/shop/provider.js';
import { until } from '../../support/until.js';
import type { CapabilityShop } from './capability-shop.js';
import { type EndedOrder, sendCustomers } from './shop-customers.js';

/**
 * Runs while customers order, through every capability: none of them may have anything to complain about, and afterwards
 * money, stock and mails must add up.
 * @param productIds nobody else orders these
 * @returns how many orders customers placed and ended
 */
export async function expectCustomersServedWhile(
  shop: CapabilityShop,
  productIds: readonly string[],
  work: (someMore: () => Promise<void>) => Promise<void>,
): Promise<number> {
  const before = await readLedger(shop);
  const stockBefore = await countStock(shop, productIds);
  const customers = sendCustomers(shop.addresses.gateway, productIds, 3);
  const someMore = async () => {
    const enough = customers.ended() + 6;
    await until(
      'more orders have ended',
      () => customers.ended() >= enough || customers.complaints().length > 0,
    );
    expect(customers.complaints()).toEqual([]);
  };
  let ended: EndedOrder[] = [];
  try {
    await work(someMore);
  } finally {
    ended = await customers.stop();
  }
  expect(customers.complaints()).toEqual([]);
  const delivered = ended.filter(({ status }) => status === 'DELIVERED');
  const cancelled = ended.filter(({ status }) => status === 'CANCELLED');
  expect(Math.min(delivered.length, cancelled.length)).toBeGreaterThan(0);
  const sales = delivered.reduce((sum, { total }) => sum + total, 0);
  const after = await readLedger(shop);
  expect(after.captures - before.captures).toBe(ended.length);
  expect(after.refunds - before.refunds).toBe(cancelled.length);
  expect(after.kept - before.kept).toBe(sales);
  const units = delivered.flatMap(({ items }) => items).reduce((sum, { quantity }) => sum + quantity, 0);
  await until('stock adds up', async () => (await countStock(shop, productIds)) === stockBefore - units);
  const mails = delivered.length * 3 + cancelled.length * 2;
  await until('each customer has every mail', async () => (await mailsTo(shop, ended)).length >= mails);
  expect(await mailsTo(shop, ended)).toHaveLength(mails);
  return ended.length;
}

async function readLedger({
  addresses,
}: CapabilityShop): Promise<{ captures: number; refunds: number; kept: number }> {
  const answer = await fetch(new URL('/ledger/summary', addresses.providerSandbox));
  const { totals } = (await answer.json()) as LedgerSummary;
  const pounds = totals.find(({ currency }) => currency === 'GBP');
  const { captures = 0, refunds = 0, captured = 0, refunded = 0 } = pounds ?? {};
  return { captures, refunds, kept: captured - refunded };
}

/** All units of the products, those that orders have set aside counted too. */
async function countStock({ addresses }: CapabilityShop, productIds: readonly string[]): Promise<number> {
  const rows = await Promise.all(
    productIds.map(async (productId) => {
      const answer = await fetch(new URL(`/inventory/${productId}`, addresses.gateway));
      return (await answer.json()) as { available: number; reserved: number };
    }),
  );
  return rows.reduce((sum, { available, reserved }) => sum + available + reserved, 0);
}

async function mailsTo({ addresses }: CapabilityShop, orders: readonly EndedOrder[]): Promise<unknown[]> {
  const answer = await fetch(new URL('/api/email', addresses.mail));
  const mails = (await answer.json()) as { to: { address: string }[] }[];
  const customers = new Set(orders.map(({ email }) => email));
  return mails.filter(({ to }) => to.some(({ address }) => customers.has(address)));
}
