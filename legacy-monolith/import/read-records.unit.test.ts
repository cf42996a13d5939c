import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type FileRecord, readRecords } from './read-records.js';

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orders-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(content: string | Buffer): Promise<FileRecord[]> {
  const file = join(folder, 'orders.csv');
  await writeFile(file, content);
  const records: FileRecord[] = [];
  for await (const record of readRecords({ path: file, name: file })) records.push(record);
  return records;
}

describe('an order file', () => {
  it('is read with the line and the text of each record', async () => {
    expect(await read(`${header}\n1,2\n3,"4, ""x"""\n`)).toEqual([
      { line: 2, raw: '1,2', fields: ['1', '2'] },
      { line: 3, raw: '3,"4, ""x"""', fields: ['3', '4, "x"'] },
    ]);
  });

  it('may have a byte order mark, CRLF or mixed line ends, and no line end at its end', async () => {
    const records = await read(`\ufeff${header}\r\n1,2\r\n3,4\n5,6`);
    expect(records.map(({ line, raw }) => [line, raw])).toEqual([
      [2, '1,2'],
      [3, '3,4'],
      [4, '5,6'],
    ]);
  });

  it('may be gzipped, whatever its name is', async () => {
    expect(await read(gzipSync(`${header}\n1,2\n`))).toEqual([{ line: 2, raw: '1,2', fields: ['1', '2'] }]);
  });

  it.each(['\n', '\r\n'])('counts lines right behind a field with line ends in it: %j', async (end) => {
    const records = await read(`${header}\n1,"a${end}b${end}c"${end}2,x${end}${end}3,y${end}`);
    expect(records.map(({ line, fields }) => [line, fields[0]])).toEqual([
      [2, '1'],
      [5, '2'],
      [6, ''],
      [7, '3'],
    ]);
  });

  it('keeps quotes inside unquoted fields', async () => {
    expect(await read(`${header}\n1,6" TIN\n`)).toMatchObject([{ fields: ['1', '6" TIN'] }]);
  });

  it.each([
    ['is empty', '', 'is empty'],
    ['has another header', 'a,b\n1,2\n', 'expected: InvoiceNo,StockCode'],
    ['has its columns in another order', `Country,${header.replace(',Country', '')}\n`, 'found:    Country'],
    ['never closes a quote', `${header}\n1,2\n3,"4\n5,6\n`, 'from line 3: a quote that is opened there'],
    ['never closes a quote and is long', `${header}\n1,"${'x\n'.repeat(40_000)}`, 'from line 2: a quote'],
    ['ends in the middle of its gzip data', gzipSync(`${header}\n1,2\n`).subarray(0, 40), 'is damaged'],
  ])('is refused when it %s', async (_what, content, message) => {
    await expect(read(content)).rejects.toMatchObject({
      code: 'invalid_file',
      message: expect.stringContaining(message),
    });
  });
});
