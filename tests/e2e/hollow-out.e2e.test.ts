import { fileURLToPath } from 'node:url';
import { createConnection } from 'mysql2/promise';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startThrowawayShop, type ThrowawayShop } from '../../deploy/throwaway/start-throwaway-shop.js';
import { stockProduct } from '../../deploy/throwaway/stock-product.js';
import { until } from '../support/until.js';
import { sendCustomers } from './support/shop-customers.js';

jest.setTimeout(600_000);

/** Orders last but one: the monolith's orders find everything else at the services, and then the orders' service finds nothing here. */
const capabilities = ['inventory', 'payments', 'orders', 'notifications'] as const;
const productIds = ['kettle', 'lantern', 'mug'];
const root = fileURLToPath(new URL('../../', import.meta.url));
const why = ['--reason', 'end-to-end test'];
let shop: ThrowawayShop;

interface Status {
  monolith: {
    capabilities: {
      capability: string;
      endpoints: { total: number; monolith: number };
      tables: { alive: number; retired: number } | null;
      completion: string | null;
    }[];
    endpoints: { total: number; monolith: number };
    owned: { total: number; monolith: number | null };
  };
}

beforeAll(async () => {
  shop = await startThrowawayShop({ root, environment: process.env });
  for (const productId of productIds) await stockProduct(shop.addresses.gateway, productId, 100_000);
});
afterAll(() => shop?.stop());

async function strangler(...args: string[]): Promise<{ stdout: string; stderr: string; exitCode?: number }> {
  const program = 'dist/strangler-proxy/cli/main.js';
  return execa(process.execPath, [program, ...args, '--data-dir', shop.dataDir], {
    cwd: root,
    env: { NODE_OPTIONS: '' },
    reject: false,
  });
}

async function done(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await strangler(...args);
  expect({ args, exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ args, exitCode: 0, stderr: '' });
  return stdout;
}

async function status(): Promise<Status['monolith']> {
  return (JSON.parse(await done('status', '--json')) as Status).monolith;
}

async function readFlags(capability: string): Promise<string[]> {
  const { endpoints } = JSON.parse(await done('status', '--json')) as {
    endpoints: { capability: string; flag: string | null }[];
  };
  return endpoints.flatMap((one) => (one.capability === capability && one.flag !== null ? [one.flag] : []));
}

/** An hour in which nobody asked the monolith, as far as its notes tell. */
async function letAnHourPass(): Promise<void> {
  const database = await createConnection(shop.mysqlAdminUrl);
  await database.query('UPDATE shop.strangler_uses SET used_at = used_at - INTERVAL 1 HOUR');
  await database.query('UPDATE shop.strangler_instances SET started_at = started_at - INTERVAL 1 HOUR');
  await database.end();
}

/** Refused as long as something is still open: what was begun before the hand-over has to end first. */
async function untilCompleted(capability: string): Promise<void> {
  await until(`${capability} is completed`, async () => {
    await letAnHourPass();
    const { exitCode } = await strangler('complete', capability, '--confirm', capability, ...why);
    return exitCode === 0;
  });
}

async function statusAtMonolith(path: string): Promise<number> {
  return (await fetch(new URL(path, shop.addresses.monolith))).status;
}

describe('while customers order', () => {
  it('each capability is completed, one after the other, until the monolith serves the catalogue alone', async () => {
    const customers = sendCustomers(shop.addresses.gateway, productIds, 2);
    const someMore = async () => {
      const enough = customers.ended() + 4;
      await until('more orders end', () => customers.ended() >= enough || customers.complaints().length > 0);
      expect(customers.complaints()).toEqual([]);
    };
    try {
      for (const capability of capabilities) {
        const early = await strangler('complete', capability, '--confirm', capability, ...why);
        expect(early.stderr).toContain('the service owns 0 of 100 buckets');
        await done('handover', capability, '--percent', '100', ...why);
        await Promise.all((await readFlags(capability)).map((flag) => done('flip', flag, '100', ...why)));
        await untilCompleted(capability);
        await someMore();
        expect(await statusAtMonolith(`/${capability}`)).toBe(410);
        const refused = await strangler('rollback', capability, ...why);
        expect(refused.stderr).toContain('nothing can be handed over any more');
        const share = (await status()).capabilities.find((one) => one.capability === capability);
        expect(share).toMatchObject({
          endpoints: { monolith: 0 },
          tables: { alive: 0 },
          completion: 'completed',
        });
      }
    } finally {
      await customers.stop();
    }
    expect(customers.complaints()).toEqual([]);
    const share = await status();
    expect(share.endpoints.monolith).toBe(3);
    expect(share.owned).toEqual({ total: 5, monolith: 1 });
    expect((await strangler('status')).stdout).toContain('the monolith still answers 3 of ');
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
    await done('complete', 'orders', '--drop-archive', '--confirm', 'orders', ...why);
  });
});
