import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RejectedLine } from './judge-record.js';
import type { OrderFile } from './open-order-file.js';
import { readInvoices } from './read-invoices.js';
import { columns } from './read-records.js';
import { surveyFile } from './survey-file.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orders-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(...lines: string[]): Promise<OrderFile> {
  const path = join(folder, 'orders.csv');
  await writeFile(path, [columns.join(','), ...lines].join('\n'));
  return { path, name: 'orders.csv' };
}

async function invoicesOf(file: OrderFile) {
  const rejected: RejectedLine[] = [];
  const invoices: [string, string, number[]][] = [];
  const { lastLines } = await surveyFile(file);
  for await (const { invoiceNo, customerId, lines } of readInvoices(
    file,
    lastLines,
    (line) => void rejected.push(line),
  )) {
    invoices.push([invoiceNo, customerId, lines.map(({ line }) => line)]);
  }
  return { invoices, rejected: rejected.map(({ line, reason }) => [line, reason]) };
}

describe('the invoices of a file', () => {
  it('are put together even where their lines stand apart', async () => {
    const file = await fileOf(
      '1,10001,A,1,01/12/2010 08:26,1.00,7,UK',
      '2,10001,A,1,01/12/2010 08:26,1.00,,UK',
      '1,10002,B,1,01/12/2010 08:26,1.00,7,UK',
      'C3,10001,A,-1,01/12/2010 08:27,1.00,7,UK',
    );
    expect(await invoicesOf(file)).toEqual({
      invoices: [
        ['2', 'guest-2', [3]],
        ['1', '7', [2, 4]],
        ['C3', '7', [5]],
      ],
      rejected: [],
    });
  });

  it('leave out lines that are rejected, the last one included', async () => {
    const file = await fileOf(
      '1,POST,A,1,01/12/2010 08:26,1.00,7,UK',
      '1,10002,B,1,01/12/2010 08:26,1.00,7,UK',
      '1,10002,B,0,01/12/2010 08:26,1.00,7,UK',
      '2,M,B,1,01/12/2010 08:26,1.00,7,UK',
    );
    expect(await invoicesOf(file)).toEqual({
      invoices: [['1', '7', [3]]],
      rejected: [
        [2, 'not_goods'],
        [4, 'stock_adjustment'],
        [5, 'not_goods'],
      ],
    });
  });

  it('have one customer each', async () => {
    const file = await fileOf(
      '1,10001,A,1,01/12/2010 08:26,1.00,7,UK',
      '1,10002,B,1,01/12/2010 08:26,1.00,8,UK',
      '1,10003,C,1,01/12/2010 08:26,1.00,,UK',
      '2,10003,C,1,01/12/2010 08:26,1.00,8,UK',
    );
    expect(await invoicesOf(file)).toEqual({
      invoices: [
        ['1', '7', [2]],
        ['2', '8', [5]],
      ],
      rejected: [
        [3, 'customer_differs'],
        [4, 'customer_differs'],
      ],
    });
  });
});

describe('the survey of a file', () => {
  it('takes name, price and opening stock of a product from all its lines', async () => {
    const { products, lines } = await surveyFile(
      await fileOf(
        '1,10001,,5,01/12/2010 08:26,1.00,7,UK',
        '2,10001,LANTERN,5,03/12/2010 08:26,1.20,7,UK',
        '3,10001,RED LANTERN,5,02/12/2010 08:26,1.10,7,UK',
        '4,10001, RED LANTERN ,5,02/12/2010 08:26,1.10,7,UK',
        '5,10001,damaged,-9,04/12/2010 08:26,0,,UK',
        'C6,10001,LANTERN,-2,05/12/2010 08:26,0.90,7,UK',
      ),
    );
    expect(lines).toBe(6);
    expect(products).toEqual([
      {
        productId: '10001',
        name: 'LANTERN',
        price: 120,
        pricedAt: new Date('2010-12-03T08:26:00Z'),
        available: 18,
        firstAt: new Date('2010-12-01T08:26:00Z'),
        lastAt: new Date('2010-12-05T08:26:00Z'),
      },
    ]);
  });

  it('makes do with credit notes and without any description', async () => {
    const { products } = await surveyFile(await fileOf('C1,10001,,-5,01/12/2010 08:26,1.00,7,UK'));
    expect(products).toMatchObject([{ name: '10001', price: 100, available: 0 }]);
  });

  it('knows the last country of each customer, and no guests', async () => {
    const { customers } = await surveyFile(
      await fileOf(
        '1,10001,A,1,01/12/2010 08:26,1.00,7,Cyprus',
        '2,10001,A,1,02/12/2010 08:26,1.00,7,Austria',
        '3,10001,A,1,03/12/2010 08:26,1.00,,Norway',
        '4,10001,A,1,04/12/2010 08:26,1.00,7,',
      ),
    );
    expect(customers).toEqual([
      { customerId: '7', country: 'Austria', firstAt: new Date('2010-12-01T08:26:00Z') },
    ]);
  });
});
