import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import { importSampleWhenEmpty } from '../import-sample.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { runImport } from '../run-import.js';
import { manyLines, type OrderFiles, orderFiles } from './order-file.js';
import { createShopSchema, type ShopSchema } from './shop-schema.js';

const root = join(import.meta.dirname, '../../..');

let files: OrderFiles;
let shop: ShopSchema;

beforeAll(async () => {
  files = await orderFiles();
});
beforeEach(async () => {
  shop = await createShopSchema();
});
afterEach(() => shop.drop());
afterAll(() => files.remove());

/** Does somebody else run such a statement in this schema just now? */
async function isRunning(statement: string): Promise<boolean> {
  const [rows] = await shop.database.query(
    `SELECT 1 FROM information_schema.processlist
     WHERE db = DATABASE() AND id <> CONNECTION_ID() AND info LIKE ?`,
    { replacements: [statement] },
  );
  return rows.length > 0;
}

const dirtyLines = [
  '1001,10001,LANTERN,5,01/12/2010 08:26,2.55,17850,United Kingdom',
  '1001,10001,LANTERN,1,01/12/2010 08:26,2.55,17850,United Kingdom',
  '1001,10001,LANTERN,2,01/12/2010 08:26,2.40,17850,United Kingdom',
  '1001,10001a,lantern,1,01/12/2010 08:26,1.00,17850,United Kingdom',
  '1001,POST,POSTAGE,1,01/12/2010 08:26,18,17850,United Kingdom',
  '1002,10001,LANTERN,1,01/12/2010 09:00,2.60,,France',
  'C1003,10001,LANTERN,-3,02/12/2010 10:00,2.55,17850,United Kingdom',
  '1004,10002,,-20,02/12/2010 10:00,0,,United Kingdom',
];

describe('an import', () => {
  it('loads products, opening stock, customers, orders and credit notes', async () => {
    const report = join(files.folder, 'rejected.csv');
    const summary = await runImport({
      file: await files.write('dirty.csv', dirtyLines),
      mysqlUrl: shop.url,
      report,
    });
    expect(summary).toMatchObject({
      lines: 8,
      loaded: 5,
      merged: 1,
      rejected: 2,
      rejectedByReason: { not_goods: 1, stock_adjustment: 1 },
      invoices: 2,
      creditNotes: 1,
      splitInvoices: 1,
      products: { added: 2, unchanged: 0 },
      stockRows: { added: 2, unchanged: 0 },
      customers: { added: 1, unchanged: 0 },
      orders: { added: 4, unchanged: 0 },
      orderLines: { added: 5, unchanged: 0 },
    });
    const rows = await shop.rows();
    expect(rows['products']).toMatchObject([
      { product_id: '10001', name: 'LANTERN', price_amount: 260, price_currency: 'GBP', version: 1 },
      { product_id: '10001a', name: 'lantern', price_amount: 100 },
    ]);
    expect(rows['stock_items']).toMatchObject([
      { product_id: '10001', available: 6, reserved: 0, version: 1 },
      { product_id: '10001a', available: 1 },
    ]);
    expect(rows['customers']).toMatchObject([{ customer_id: '17850', country: 'United Kingdom' }]);
    expect(rows['orders']).toMatchObject([
      { order_id: '1001', customer_id: '17850', status: 'DELIVERED', total_amount: 6 * 255 + 100 },
      { order_id: '1001.2', customer_id: '17850', status: 'DELIVERED', total_amount: 2 * 240 },
      { order_id: '1002', customer_id: 'guest-1002', total_amount: 260 },
      { order_id: 'C1003', customer_id: '17850', status: 'CANCELLED', total_amount: 3 * 255 },
    ]);
    expect(rows['order_items']).toMatchObject([
      { order_id: '1001', line_no: 1, product_id: '10001', quantity: 6, unit_price_amount: 255 },
      { order_id: '1001', line_no: 2, product_id: '10001a', quantity: 1, unit_price_amount: 100 },
      { order_id: '1001.2', line_no: 1, product_id: '10001', quantity: 2, unit_price_amount: 240 },
      { order_id: '1002', line_no: 1, product_id: '10001', quantity: 1, unit_price_amount: 260 },
      { order_id: 'C1003', line_no: 1, product_id: '10001', quantity: 3, unit_price_amount: 255 },
    ]);
    expect((await readFile(report, 'utf8')).trimEnd().split('\n')).toEqual([
      'line,reason,detail,record',
      `6,not_goods,"POST is postage","${dirtyLines[4]}"`,
      `9,stock_adjustment,"quantity -20 on an invoice that is no credit note: a stock adjustment","${dirtyLines[7]}"`,
    ]);
  });

  it('of the same file changes nothing the second time, nor what the shop has done since', async () => {
    const file = await files.write('dirty.csv', dirtyLines);
    await runImport({ file, mysqlUrl: shop.url });
    await shop.database.query(
      "UPDATE stock_items SET available = 0, reserved = 2, version = 9, updated_at = '2020-01-01' WHERE product_id = '10001'",
    );
    await shop.database.query("UPDATE products SET name = 'Lamp', version = 2 WHERE product_id = '10001'");
    await shop.database.query("UPDATE orders SET email = 'a@b.example', version = 2 WHERE order_id = '1002'");
    const before = await shop.rows();
    const again = await runImport({ file, mysqlUrl: shop.url });
    expect(await shop.rows()).toEqual(before);
    expect(again).toMatchObject({
      loaded: 5,
      merged: 1,
      rejected: 2,
      products: { added: 0, unchanged: 2 },
      stockRows: { added: 0, unchanged: 2 },
      customers: { added: 0, unchanged: 1 },
      orders: { added: 0, unchanged: 4 },
      orderLines: { added: 0, unchanged: 5 },
    });
  });

  it('writes no stock that the inventory service owns, and nothing else of such a file', async () => {
    const file = await files.write('dirty.csv', dirtyLines);
    await shop.database.query("UPDATE inventory_ownership SET state = 'released', epoch = 2");
    const before = await shop.rows();
    await expect(runImport({ file, mysqlUrl: shop.url })).rejects.toMatchObject({
      code: 'stock_not_owned',
      message: expect.stringContaining('owns the stock of 2 products'),
    });
    expect(await shop.rows()).toEqual(before);
  });

  it('writes no order that the orders service owns, and nothing else of such a file', async () => {
    const file = await files.write('dirty.csv', dirtyLines);
    await shop.database.query(
      `UPDATE orders_ownership SET state = 'released', epoch = 2 WHERE bucket = ${bucketOfKey('orders', '1001.2')}`,
    );
    const before = await shop.rows();
    await expect(runImport({ file, mysqlUrl: shop.url })).rejects.toMatchObject({
      code: 'orders_not_owned',
      message: expect.stringContaining('owns orders that are new to the shop, 1001.2 for one'),
    });
    expect(await shop.rows()).toEqual(before);
  });

  it('writes no order either whose bucket is released while it is at work', async () => {
    const file = await files.write('dirty.csv', dirtyLines);
    const release = "UPDATE orders_ownership SET state = 'released', epoch = 2";
    let released: Promise<unknown> = Promise.resolve();
    const onProgress = ({ step }: { step: string }): void => {
      if (step === 'customers') released = shop.database.query(release);
    };
    // The last customers wait until the owner is another one, so that the orders come after that.
    const blocker = await shop.database.transaction();
    await shop.database.query("INSERT INTO customers VALUES ('17850', NULL, '2010-01-01')", {
      transaction: blocker,
    });
    const running = runImport({ file, mysqlUrl: shop.url, onProgress });
    const ended = Promise.allSettled([running]);
    await until('its customers wait', () => isRunning('INSERT INTO customers%'));
    await released;
    await blocker.rollback();
    await ended;
    await expect(running).rejects.toMatchObject({ code: 'orders_not_owned' });
    expect((await shop.rows())['orders']).toEqual([]);
  });

  it('may be repeated while services own all of it, since it writes none', async () => {
    const file = await files.write('dirty.csv', dirtyLines);
    await runImport({ file, mysqlUrl: shop.url });
    for (const capability of ['inventory', 'orders'])
      await shop.database.query(`UPDATE ${capability}_ownership SET state = 'released', epoch = 2`);
    expect(await runImport({ file, mysqlUrl: shop.url })).toMatchObject({
      stockRows: { added: 0, unchanged: 2 },
      orders: { added: 0, unchanged: 4 },
    });
  });

  it('says so where a part that it would write is retired', async () => {
    const file = await files.write('dirty.csv', dirtyLines);
    await shop.database.query(
      "INSERT INTO strangler_retirement (capability, state, lives_at, changed_at) VALUES ('orders', 'archived', 'the service', UTC_TIMESTAMP(3))",
    );
    await expect(runImport({ file, mysqlUrl: shop.url })).rejects.toMatchObject({
      code: 'part_retired',
      message: expect.stringContaining('whose part of orders is retired for good'),
    });
    expect(Object.values(await shop.rows()).flat()).toEqual([]);
  });

  it('of a further file adds what is new, and rejects orders that are there already and differ', async () => {
    await runImport({ file: await files.write('dirty.csv', dirtyLines), mysqlUrl: shop.url });
    const further = await files.write('further.csv', [
      '1002,10001,LANTERN,2,01/12/2010 09:00,2.60,,France',
      '1002,10001,LANTERN,2,01/12/2010 09:00,2.60,,France',
      '1005,10003,BOAT,1,03/12/2010 09:00,5,17851,Norway',
    ]);
    const summary = await runImport({ file: further, mysqlUrl: shop.url });
    expect(summary).toMatchObject({
      loaded: 1,
      merged: 0,
      rejected: 2,
      rejectedByReason: { order_differs: 2 },
      products: { added: 1, unchanged: 1 },
      customers: { added: 1, unchanged: 0 },
      orders: { added: 1, unchanged: 0 },
    });
  });

  it('writes nothing while another one of the same shop is at work', async () => {
    const file = await files.write('dirty.csv', dirtyLines);
    const other = await shop.database.transaction();
    const lock = `CONCAT(DATABASE(), '.import')`;
    await shop.database.query(`SELECT GET_LOCK(${lock}, 0)`, { transaction: other });
    const waiting = runImport({ file, mysqlUrl: shop.url });
    await until('the import waits its turn', () => isRunning('SELECT GET_LOCK%'));
    expect(Object.values(await shop.rows()).flat()).toEqual([]);
    await shop.database.query(`SELECT RELEASE_LOCK(${lock})`, { transaction: other });
    await other.rollback();
    expect((await waiting).orders.added).toBe(4);
  });

  it('run twice at once loads everything once', async () => {
    const file = await files.write('dirty.csv', dirtyLines);
    const both = await Promise.all([1, 2].map(() => runImport({ file, mysqlUrl: shop.url })));
    expect(both.reduce((sum, { orders }) => sum + orders.added, 0)).toBe(4);
    expect(both.reduce((sum, { orders }) => sum + orders.unchanged, 0)).toBe(4);
  });

  it('tells how far it is', async () => {
    const steps: string[] = [];
    await runImport({
      file: await files.write('many.csv', manyLines(300)),
      mysqlUrl: shop.url,
      onProgress: ({ step, done, total }) => steps.push(`${step} ${done} of ${total}`),
    });
    expect(steps).toEqual([
      'reading 1000 of null',
      'reading 2000 of null',
      'reading 3000 of null',
      'products 0 of 1500',
      'products 1000 of 1500',
      'customers 0 of 300',
      'orders 1000 of 3000',
      'orders 2000 of 3000',
      'orders 3000 of 3000',
    ]);
  });

  it('changes nothing when the file can’t be read to its end', async () => {
    const file = await files.write('broken.csv', [...dirtyLines, '1006,10001,"LANTERN,1']);
    await expect(runImport({ file, mysqlUrl: shop.url })).rejects.toMatchObject({ code: 'invalid_file' });
    expect(Object.values(await shop.rows()).flat()).toEqual([]);
  });

  it('says what to do when the shop has no tables yet', async () => {
    const empty = await createTestDatabase('import');
    const file = await files.write('dirty.csv', dirtyLines);
    await expect(runImport({ file, mysqlUrl: empty.url })).rejects.toMatchObject({
      code: 'shop_not_ready',
      message: expect.stringContaining('start the monolith'),
    });
    await empty.drop();
  });

  it('says so when its report can’t be written', async () => {
    const file = await files.write('dirty.csv', dirtyLines);
    const report = join(files.folder, 'nowhere', 'rejected.csv');
    await expect(runImport({ file, mysqlUrl: shop.url, report })).rejects.toMatchObject({
      code: 'invalid_report',
    });
  });
});

describe('an import that is killed in the middle of a transaction', () => {
  it('leaves whole orders only, and is completed by the next one as if nothing had been', async () => {
    const file = await files.write('many.csv', manyLines(300));
    const undisturbed = await createShopSchema();
    await runImport({ file, mysqlUrl: undisturbed.url });

    // Order 1150 is in the second batch: the import gets stuck at its timeline, behind its orders and items.
    const blocker = await shop.database.transaction();
    await shop.database.query(
      "INSERT INTO order_timeline VALUES ('import-1150', 'x', '2010-01-01', 'order.placed', '')",
      { transaction: blocker },
    );
    const child = startImport(file);
    await until('the first batch is kept', async () => (await shop.rows())['orders']?.length === 100);
    await until('the second waits for the timeline', () => isRunning('INSERT INTO order_timeline%'));
    child.kill('SIGKILL');
    await once(child, 'exit');
    await blocker.rollback();

    const left = await shop.rows();
    expect(left['orders']).toHaveLength(100);
    expect(left['order_items']).toHaveLength(1000);
    expect(left['order_timeline']).toHaveLength(100);

    const summary = await runImport({ file, mysqlUrl: shop.url });
    expect(summary.orders).toEqual({ added: 200, unchanged: 100 });
    expect(await shop.rows()).toEqual(await undisturbed.rows());
    await undisturbed.drop();
  });

  function startImport(file: string): ChildProcess {
    const program = join(import.meta.dirname, 'import-in-child.ts');
    return spawn(process.execPath, ['--conditions=source', '--import', 'tsx', program, file, shop.url], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
  }
});

describe('an empty shop', () => {
  it('is filled with the sample, once', async () => {
    const summary = await importSampleWhenEmpty({ root, mysqlUrl: shop.url });
    expect(summary?.lines).toBe(275);
    expect(summary?.products.added).toBeGreaterThan(30);
    expect(Object.keys(summary?.rejectedByReason ?? {}).sort()).toEqual([
      'no_price',
      'not_goods',
      'not_whole_pence',
      'stock_adjustment',
    ]);
    expect(await importSampleWhenEmpty({ root, mysqlUrl: shop.url })).toBeUndefined();
  });
});
