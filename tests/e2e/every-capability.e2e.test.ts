import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { reportOperations } from '../support/report-operations.js';
import { until } from '../support/until.js';
import { type CapabilityShop, startCapabilityShop } from './support/capability-shop.js';
import { monolithStatus, readFlags, untilCompleted } from './support/complete-capability.js';
import { expectCustomersServedWhile } from './support/serve-customers.js';
import { sendCustomers } from './support/shop-customers.js';

/** In the order of their completion. Orders last but one: the monolith's find all else at the services, and then the service's find nothing here. */
const capabilities = ['inventory', 'payments', 'orders', 'notifications'] as const;
const productIds = ['kettle', 'lantern', 'mug', 'napkin', 'oven-glove', 'pitcher', 'quilt', 'ribbon'];
const why = ['--reason', 'end-to-end test'];
let shop: CapabilityShop;
let orders = 0;

beforeAll(async () => {
  shop = await startCapabilityShop(productIds, 100_000, { patient: true });
});
afterAll(async () => {
  reportOperations('every-capability', { orders, commands: shop?.commands() ?? 0 });
  await shop?.stop();
});

const share = (capability: string, percent: number) =>
  shop.done('handover', capability, '--percent', String(percent), ...why);
const rollBack = (capability: string) => shop.done('rollback', capability, ...why);
const verify = (capability: string) => shop.done('data', 'verify', capability);
const ofAll = (act: (capability: string) => Promise<unknown>) => Promise.all(capabilities.map(act));

async function statusAtMonolith(path: string): Promise<number> {
  return (await fetch(new URL(path, shop.addresses.monolith))).status;
}

/** The life of one shop, from its first flip to the end of the migration. */
describe('while customers order, and read what they have written', () => {
  it('the reads of all capabilities are flipped half-way', async () => {
    orders += await expectCustomersServedWhile(shop, productIds, async (someMore) => {
      const flags = ['orders.get', 'orders.list', 'orders.tracking', 'payments.get', 'notifications.list'];
      await Promise.all(flags.map((flag) => shop.done('flip', flag, '50', ...why)));
      await someMore();
    });
  });

  // One after another, and with kills among them, is what `tests/faults/books` does.
  it('all four are handed over, to a half and as a whole, and back', async () => {
    orders += await expectCustomersServedWhile(shop, productIds, async (someMore) => {
      await ofAll((capability) => share(capability, 50));
      await someMore();
      await ofAll((capability) => share(capability, 100));
      await Promise.all([ofAll(verify), someMore()]);
      await ofAll(rollBack);
      await someMore();
    });
    await ofAll(verify);
  });

  it('each is completed, one after the other, until the monolith serves the catalogue alone', async () => {
    orders += await expectCustomersServedWhile(shop, productIds, async (someMore) => {
      for (const capability of capabilities) {
        const early = await shop.strangler('complete', capability, '--confirm', capability, ...why);
        expect(early.stderr).toContain('the service owns 0 of 100 buckets');
        await share(capability, 100);
        const flags = await readFlags(shop, capability);
        await Promise.all(flags.map((flag) => shop.done('flip', flag, '100', ...why)));
        await untilCompleted(shop, capability, why);
        await someMore();
        expect(await statusAtMonolith(`/${capability}`)).toBe(410);
        const refused = await shop.strangler('rollback', capability, ...why);
        expect(refused.stderr).toContain('nothing can be handed over any more');
        const { capabilities: left } = await monolithStatus(shop);
        expect(left.find((one) => one.capability === capability)).toMatchObject({
          endpoints: { monolith: 0 },
          tables: { alive: 0 },
          completion: 'completed',
        });
      }
    });
    const { endpoints, owned } = await monolithStatus(shop);
    expect(endpoints.monolith).toBe(3);
    expect(owned).toEqual({ total: 5, monolith: 1 });
    expect(await shop.done('status')).toContain('the monolith still answers 3 of ');
  });

  it('the monolith starts again without its tables, and the sidecars end nothing that has ended', async () => {
    for (const name of ['monolith', 'monolith-sidecar', 'control-plane']) {
      const killed = shop.kill(name);
      await until(`${name} is back`, () => shop.isBack(name, killed));
    }
    expect(await statusAtMonolith('/products')).toBe(200);
    expect(await statusAtMonolith('/orders')).toBe(410);
    const customers = sendCustomers(shop.addresses.gateway, productIds, 2);
    await until('orders end', () => customers.ended() >= 4 || customers.complaints().length > 0);
    await customers.stop();
    expect(customers.complaints()).toEqual([]);
    await shop.done('complete', 'orders', '--drop-archive', '--confirm', 'orders', ...why);
  });
});
