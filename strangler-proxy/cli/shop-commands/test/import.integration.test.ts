import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { type OrderFiles, orderFiles } from '../../../../legacy-monolith/import/test/order-file.js';
import { createShopSchema, type ShopSchema } from '../../../../legacy-monolith/import/test/shop-schema.js';
import { runCommand } from '../../test/support/run-command.js';
import { addShopCommands } from '../add-shop-commands.js';

const root = join(import.meta.dirname, '../../../..');
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

const goodLine = '1001,10001,LANTERN,5,01/12/2010 08:26,2.55,17850,United Kingdom';
const badLine = '1002,10001,LANTERN,5,31/11/2010 08:26,2.55,17850,United Kingdom';
/** An invoice of which each line is small enough for one order, and all of them are not. */
const hugeInvoice = Array.from(
  { length: 30 },
  (_, index) => `1003,${20_000 + index},GOLD,1000000,01/12/2010 08:26,900.00,17999,United Kingdom`,
);

const strangler = (...args: string[]) =>
  runCommand([...args, '--mysql-url', shop.url], { addOthers: addShopCommands });

describe('strangler import', () => {
  it('rejects an invoice above the limits of the HTTP API, with its goods and its customer', async () => {
    const file = await files.write('huge.csv', [hugeInvoice[0]!, goodLine, ...hugeInvoice.slice(1)]);
    const report = join(files.folder, 'rejected.csv');
    const { code, out } = await strangler('import', file, '--json', '--report', report);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ...{ lines: 31, loaded: 1, rejected: 30, rejectedByReason: { amount_too_large: 30 } },
      ...{ products: { added: 1 }, customers: { added: 1 }, orders: { added: 1 }, invoices: 1 },
    });
    const { products, stock_items, customers, orders } = await shop.rows();
    expect({ products, stock_items, customers, orders }).toMatchObject({
      products: [{ product_id: '10001' }],
      stock_items: [{ product_id: '10001', available: 5 }],
      customers: [{ customer_id: '17850' }],
      orders: [{ order_id: '1001', total_amount: 1275 }],
    });
    expect((await readFile(report, 'utf8')).match(/amount_too_large/g)).toHaveLength(30);
  });

  it.each([
    ['one line', [badLine]],
    ['lines for several reasons', [badLine, '1,POST,POSTAGE,1,01/12/2010 08:26,18,7,UK', 'x']],
    ['an invoice that is rejected as a whole', hugeInvoice],
  ])('ends with 1 where every line of the file is rejected: %s', async (_what, lines) => {
    const file = await files.write('bad.csv', lines);
    const { code, out, err } = await strangler('import', file);
    expect(code).toBe(1);
    expect(out).toContain(`0 loaded, 0 merged with another line of the same item, ${lines.length} rejected`);
    expect(err).toContain('Every line of');
    expect(Object.values(await shop.rows()).flat()).toEqual([]);
  });

  it('ends with 0 where one line is taken, or there is none', async () => {
    expect(await strangler('import', await files.write('a.csv', [badLine, goodLine]))).toMatchObject({
      code: 0,
    });
    expect(await strangler('import', await files.write('b.csv', []))).toMatchObject({ code: 0 });
  });

  it('ends with 1 and a sentence where there is nothing to read', async () => {
    const { code, err } = await strangler('import', files.folder);
    expect(code).toBe(1);
    expect(err).toBe(`${files.folder} is a folder, not a file`);
  });

  it.each([
    ['from a pipe', '"${program[@]}" import <(zcat "$file") --mysql-url "$url" --json'],
    ['from a gzipped pipe', '"${program[@]}" import <(cat "$file") --mysql-url "$url" --json'],
    ['from standard input', 'zcat "$file" | "${program[@]}" import - --mysql-url "$url" --json'],
  ])('reads %s', async (_what, command) => {
    const file = join(files.folder, 'orders.csv.gz');
    await writeFile(file, gzipSync(await readFile(await files.write('orders.csv', [goodLine, badLine]))));
    const program = `program=("${process.execPath}" --conditions=source --import tsx strangler-proxy/cli/main.ts)`;
    const { stdout } = await promisify(execFile)('bash', ['-c', `${program}; ${command}`], {
      cwd: root,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        STRANGLER_DATA_DIR: '.data-of-no-system',
        file,
        url: shop.url,
      },
    });
    expect(JSON.parse(stdout)).toMatchObject({ lines: 2, loaded: 1, rejected: 1, orders: { added: 1 } });
  });
});

describe('strangler replay', () => {
  it('ends with 1 where no line of the file is part of an order', async () => {
    const file = await files.write('bad.csv', hugeInvoice);
    const { code, err } = await runCommand(['replay', file, '--to', 'http://127.0.0.1:9'], {
      addOthers: addShopCommands,
    });
    expect(code).toBe(1);
    expect(err).toContain(`no line of ${file} is part of an order`);
  });
});
