import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  startTestInventory,
  type TestInventory,
} from '../../../extracted/inventory/test/start-test-inventory.js';
import { startTestMonolith, type TestMonolith } from '../../../legacy-monolith/test/start-test-monolith.js';
import { fillMonolith, fillService, stockItems } from '../../parity/support/stock-rows.js';
import { compareStock } from './compare-stock.js';

let monolith: TestMonolith;
let inventory: TestInventory;

beforeAll(async () => {
  [monolith, inventory] = await Promise.all([startTestMonolith(), startTestInventory()]);
  await fillMonolith(monolith.database);
});
afterAll(() => Promise.all([monolith.stop(), inventory.stop()]));

const differingKeys = async () =>
  (await compareStock(monolith.databaseUrl, inventory.databaseUrl)).map(({ key }) => key);

describe('the comparison of both sides’ stock', () => {
  it('lists every row while the service has none', async () => {
    expect(await differingKeys()).toEqual(stockItems.map((row) => row['product_id']));
  });

  it('lists nothing when all rows are the same', async () => {
    await fillService(inventory.database);
    expect(await differingKeys()).toEqual([]);
  });

  it('lists each row that differs in anything, or is missing on one side', async () => {
    const change = (sql: string) => inventory.database.query(`UPDATE stock_levels SET ${sql}`);
    await change("reserved = reserved - 1 WHERE product_id = 'Z'");
    await change("updated_at = updated_at + INTERVAL 1000 MICROSECOND WHERE product_id = 'a-b'");
    await change("version = version + 1 WHERE product_id = 'a.b'");
    await inventory.database.query("DELETE FROM stock_levels WHERE product_id = '85123a'");
    await monolith.database.query("DELETE FROM stock_items WHERE product_id = '10002'");
    expect(await compareStock(monolith.databaseUrl, inventory.databaseUrl)).toEqual([
      { key: '10002', service: expect.objectContaining({ on_hand: 5 }) },
      { key: '85123a', monolith: expect.objectContaining({ on_hand: 9 }) },
      { key: 'Z', monolith: expect.anything(), service: expect.objectContaining({ reserved: 0 }) },
      { key: 'a-b', monolith: expect.anything(), service: expect.anything() },
      { key: 'a.b', monolith: expect.anything(), service: expect.objectContaining({ version: 2 }) },
    ]);
  });
});
