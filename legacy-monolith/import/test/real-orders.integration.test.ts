import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryTypes } from 'sequelize';
import { gunzipSync } from 'node:zlib';
import { type ImportSummary, runImport } from '../run-import.js';
import { createShopSchema, type ShopSchema } from './shop-schema.js';

const file = join(import.meta.dirname, '../../../../shared/data/online-retail-2010-12.csv.gz');
const isThere = existsSync(file);
if (!isThere) console.warn(`Skipping the import of real orders: ${file} is not on this machine`);

(isThere ? describe : describe.skip)('an import of 20 days of a gift shop’s orders', () => {
  let shop: ShopSchema;
  let folder: string;
  let summary: ImportSummary;

  beforeAll(async () => {
    shop = await createShopSchema();
    folder = await mkdtemp(join(tmpdir(), 'orders-'));
    summary = await runImport({ file, mysqlUrl: shop.url, report: join(folder, 'rejected.csv') });
  });
  afterAll(async () => {
    await shop.drop();
    await rm(folder, { recursive: true });
  });

  it('accounts for every line', () => {
    expect(summary).toMatchObject({
      lines: 39_522,
      loaded: 38_300,
      merged: 856,
      rejected: 366,
      rejectedByReason: { not_goods: 164, no_price: 133, stock_adjustment: 69 },
      splitInvoices: 44,
    });
  });

  it('names every rejected line in its report', async () => {
    const report = await rejectedLines();
    expect(report).toHaveLength(366);
    const source = gunzipSync(await readFile(file))
      .toString()
      .split('\n');
    for (const { line, record } of report) expect(record).toBe(source[Number(line) - 1]?.trimEnd());
  });

  it('loses no unit and no penny: orders and rejected lines hold what the file does', async () => {
    const [ordered] = await shop.database.query<{ units: string; pence: string }>(
      'SELECT SUM(quantity) AS units, SUM(quantity * unit_price_amount) AS pence FROM order_items',
      { type: QueryTypes.SELECT },
    );
    const all = totals(parse(gunzipSync(await readFile(file)), { columns: true }));
    const refused = totals(
      (await rejectedLines()).flatMap(({ record }) => parse(record, { columns: header })),
    );
    expect(Number(ordered?.units) + refused.units).toBe(all.units);
    expect(Number(ordered?.pence) + refused.pence).toBe(all.pence);
  });

  it('gives orders whose totals are those of their items', async () => {
    const wrong = await shop.database.query(
      `SELECT o.order_id FROM orders o JOIN order_items i ON i.order_id = o.order_id
       GROUP BY o.order_id, o.total_amount HAVING o.total_amount <> SUM(i.quantity * i.unit_price_amount)`,
      { type: QueryTypes.SELECT },
    );
    expect(wrong).toEqual([]);
  });

  it('keeps products apart whose codes differ by case', async () => {
    const both = await shop.database.query(
      "SELECT product_id FROM products WHERE LOWER(product_id) = '85123a'",
      {
        type: QueryTypes.SELECT,
      },
    );
    expect(both).toHaveLength(2);
  });

  async function rejectedLines(): Promise<{ line: string; record: string }[]> {
    return parse(await readFile(join(folder, 'rejected.csv')), { columns: true });
  }
});

const header = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
];

/** Units and pence regardless of sign; rounded from floats on purpose, another way than the import's own. */
function totals(records: { Quantity: string; UnitPrice: string }[]): { units: number; pence: number } {
  return records.reduce(
    ({ units, pence }, { Quantity, UnitPrice }) => ({
      units: units + Math.abs(Number(Quantity)),
      pence: pence + Math.abs(Number(Quantity)) * Math.round(Number(UnitPrice) * 100),
    }),
    { units: 0, pence: 0 },
  );
}
