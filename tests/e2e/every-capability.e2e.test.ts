import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { LedgerSummary } from '#contracts/shop/provider.js';
import { startThrowawayShop, type ThrowawayShop } from '../../deploy/throwaway/start-throwaway-shop.js';
import { stockProduct } from '../../deploy/throwaway/stock-product.js';
import { until } from '../support/until.js';
import { type EndedOrder, sendCustomers } from './support/shop-customers.js';

jest.setTimeout(600_000);

const capabilities = ['payments', 'notifications', 'orders', 'inventory'] as const;
const productIds = ['kettle', 'lantern', 'mug', 'napkin', 'oven-glove', 'pitcher', 'quilt', 'ribbon'];
const stocked = 100_000;
const root = fileURLToPath(new URL('../../', import.meta.url));
let shop: ThrowawayShop;

beforeAll(async () => {
  shop = await startThrowawayShop({ root, environment: process.env });
  for (const productId of productIds) await stockProduct(shop.addresses.gateway, productId, stocked);
});
afterAll(() => shop?.stop());

/** @throws with all that it printed, unless it succeeds */
async function strangler(...args: string[]): Promise<void> {
  const program = 'dist/strangler-proxy/cli/main.js';
  await execa(process.execPath, [program, ...args, '--data-dir', shop.dataDir], {
    cwd: root,
    env: { NODE_OPTIONS: '' },
  });
}

const why = ['--reason', 'end-to-end test'];
const share = (capability: string, percent: number) =>
  strangler('handover', capability, '--percent', String(percent), ...why);
const rollBack = (capability: string) => strangler('rollback', capability, ...why);
const verify = (capability: string) => strangler('data', 'verify', capability);

async function ofAll(act: (capability: string) => Promise<void>): Promise<void> {
  await Promise.all(capabilities.map(act));
}

/** Runs while customers order, through every capability; none of them may have anything to complain about. */
async function expectCustomersServedWhile(
  work: (someMore: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const before = await readLedger();
  const stockBefore = await countStock();
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
  const after = await readLedger();
  expect(after.captures - before.captures).toBe(ended.length);
  expect(after.refunds - before.refunds).toBe(cancelled.length);
  expect(after.kept - before.kept).toBe(sales);
  const units = delivered.flatMap(({ items }) => items).reduce((sum, { quantity }) => sum + quantity, 0);
  await until('stock adds up', async () => (await countStock()) === stockBefore - units);
  const mails = delivered.length * 3 + cancelled.length * 2;
  await until('each customer has every mail', async () => (await mailsTo(ended)).length >= mails);
  expect(await mailsTo(ended)).toHaveLength(mails);
}

async function readLedger(): Promise<{ captures: number; refunds: number; kept: number }> {
  const answer = await fetch(new URL('/ledger/summary', shop.addresses.providerSandbox));
  const { totals } = (await answer.json()) as LedgerSummary;
  const pounds = totals.find(({ currency }) => currency === 'GBP');
  const { captures = 0, refunds = 0, captured = 0, refunded = 0 } = pounds ?? {};
  return { captures, refunds, kept: captured - refunded };
}

/** All units of the test's products, those that orders have set aside counted too. */
async function countStock(): Promise<number> {
  const rows = await Promise.all(
    productIds.map(async (productId) => {
      const answer = await fetch(new URL(`/inventory/${productId}`, shop.addresses.gateway));
      return (await answer.json()) as { available: number; reserved: number };
    }),
  );
  return rows.reduce((sum, { available, reserved }) => sum + available + reserved, 0);
}

async function mailsTo(orders: readonly EndedOrder[]): Promise<unknown[]> {
  const answer = await fetch(new URL('/api/email', shop.addresses.mail));
  const mails = (await answer.json()) as { to: { address: string }[] }[];
  const customers = new Set(orders.map(({ email }) => email));
  return mails.filter(({ to }) => to.some(({ address }) => customers.has(address)));
}

describe('while customers order, and read what they have written', () => {
  it('the reads of all capabilities are flipped half-way', async () => {
    await expectCustomersServedWhile(async (someMore) => {
      const flags = ['orders.get', 'orders.list', 'orders.tracking', 'payments.get', 'notifications.list'];
      await Promise.all(flags.map((flag) => strangler('flip', flag, '50', ...why)));
      await someMore();
    });
  });

  // One after another, and with kills among them, is what `tests/faults/books` does.
  it('all four are handed over, to a half and as a whole, and back', async () => {
    await expectCustomersServedWhile(async (someMore) => {
      await ofAll((capability) => share(capability, 50));
      await someMore();
      await ofAll((capability) => share(capability, 100));
      await Promise.all([ofAll(verify), someMore()]);
      await ofAll(rollBack);
      await someMore();
    });
    await ofAll(verify);
  });
});
