import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { copyFolder, ownDatabase, type OwnServer } from '../../sidecar/test/support/own-servers.js';
import { reportOperations } from '../support/report-operations.js';
import { until } from '../support/until.js';
import { type CapabilityShop, startCapabilityShop } from './support/capability-shop.js';
import { placeOrders, type PlacedOrder } from './support/place-orders.js';
import { commandsOf } from './support/read-runbook.js';

const capabilities = ['inventory', 'payments', 'orders', 'notifications'] as const;
const productIds = ['basket', 'candle', 'drum', 'easel'];
const why = ['--reason', 'end-to-end test'];
/** How long orders are lost by the restore; the long form takes two minutes: RESTORED_SECONDS=120. */
const lostForMs = Number(process.env['RESTORED_SECONDS'] ?? '5') * 1_000;
const fewest = 20;

/** The monolith's database is a server of its own; everything else is on another one. */
let database: OwnServer;
let shop: CapabilityShop;
let before: PlacedOrder[] = [];
let lost: PlacedOrder[] = [];
let after: PlacedOrder[] = [];
let pausedAfterMs = 0;
const copy = () => `${database.folder}-earlier`;

beforeAll(async () => {
  database = await ownDatabase(true);
  const environment = { MONOLITH_MYSQL_URL: database.url };
  shop = await startCapabilityShop(productIds, 100_000, { environment, fresh: true });
  await shop.done('handover', 'inventory', '--percent', '50', ...why);
});
afterAll(async () => {
  reportOperations('restored-database', {
    'orders before': before.length,
    'orders lost': lost.length,
    'orders after': after.length,
    'ms until all was paused': pausedAfterMs,
  });
  await shop?.stop();
  await database?.end();
  if (database) await rm(copy(), { recursive: true, force: true });
});

interface Ownership {
  state: string;
  paused: { by: string; reason: string } | null;
}

async function ownershipOf(capability: string): Promise<Ownership> {
  return JSON.parse(await shop.done('owner', capability, '--json')) as Ownership;
}

/** Orders that customers place from now on, until there are enough of them, and for so long. */
async function placeSome(forMs: number): Promise<PlacedOrder[]> {
  const customers = placeOrders(shop.addresses.gateway, productIds, 3);
  const began = Date.now();
  await until('orders are placed', () => customers.placed() >= fewest && Date.now() - began >= forMs);
  return customers.stop();
}

async function statusAt(base: string, { orderId }: PlacedOrder): Promise<number> {
  return (await fetch(new URL(`/orders/${orderId}`, base))).status;
}

async function countFound(base: string, orders: readonly PlacedOrder[]): Promise<number> {
  const statuses = await Promise.all(orders.map((order) => statusAt(base, order)));
  return statuses.filter((status) => status === 200).length;
}

describe("the monolith's database is restored to an earlier copy, while customers order", () => {
  it('pauses each of its capabilities, with what happened', async () => {
    before = await placeSome(0);
    await database.terminate();
    await copyFolder(database.folder, copy());
    await database.start();
    lost = await placeSome(lostForMs);

    const customers = placeOrders(shop.addresses.gateway, productIds, 3);
    await database.kill();
    await copyFolder(copy(), database.folder);
    await database.start();
    const began = Date.now();
    await until('all are paused', async () =>
      (await Promise.all(capabilities.map(ownershipOf))).every(({ paused }) => paused !== null),
    );
    pausedAfterMs = Date.now() - began;
    for (const capability of capabilities)
      expect((await ownershipOf(capability)).paused).toMatchObject({
        by: 'control plane',
        reason: expect.stringContaining(`the monolith's database was put back to an earlier state`),
      });
    const status = await shop.strangler('status');
    expect(status.stdout).toContain('put back to an earlier state');
    await until('orders are placed again', () => customers.placed() >= fewest);
    after = await customers.stop();
  });

  it('lists what was lost', async () => {
    const statuses = await Promise.all(lost.map((order) => statusAt(shop.addresses.monolith, order)));
    const gone = lost.filter((_order, index) => statuses[index] === 404).map(({ orderId }) => orderId);
    expect(gone.length).toBeGreaterThan(0);
    const { stdout, exitCode } = await shop.strangler(
      ...['data', 'verify', 'orders', '--json', '--most', '100000'],
    );
    const unlisted = gone.filter((orderId) => !stdout.includes(orderId));
    expect({ unlisted, exitCode, stdout }).toEqual({ unlisted: [], exitCode: 1, stdout });
  });

  it('goes on with the commands of the runbook, and has every write that was made since', async () => {
    const runbook = commandsOf('repair-data.md', 'The database was put back to an earlier state');
    for (const capability of capabilities)
      for (const words of runbook) {
        const command = words.map((word) => (word === 'inventory' ? capability : word));
        const result = await shop.strangler(...command);
        // To compare is to find differences, before the replica is filled anew.
        const looksOnly = command.includes('--json') || command[0] === 'status';
        if (!looksOnly && result.exitCode !== 0)
          throw new Error(
            `${command.join(' ')} ended with ${result.exitCode}:\n${result.stdout}${result.stderr}`,
          );
      }
    for (const capability of capabilities) {
      expect((await ownershipOf(capability)).paused).toBeNull();
      await shop.done('data', 'verify', capability);
    }
    after.push(...(await placeSome(0)));
    expect(await countFound(shop.addresses.monolith, after)).toBe(after.length);
    await until('the orders service has them, too', async () => {
      const found = await countFound(shop.serviceUrl('orders'), after);
      return found === after.length;
    });
    for (const capability of capabilities) await shop.done('data', 'verify', capability);
    await shop.done('rollback', 'inventory', ...why);
    await shop.done('handover', 'inventory', '--percent', '30', ...why);
  });
});
