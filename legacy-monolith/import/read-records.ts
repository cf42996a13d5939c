import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CsvError, parse } from 'csv-parse';
import { AppError } from '#platform/errors/app-error.js';
import { type OrderFile, unreadable } from './open-order-file.js';

/** The columns of an order file, in their order. */
export const columns = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
] as const;

/** One record as it stands in the file. */
export interface FileRecord {
  /** Line that the record starts in; the header is line 1. */
  line: number;
  /** The record's own text, without its line end. */
  raw: string;
  fields: string[];
}

/** Longest record, in bytes: a quote that is never closed must not make us read the whole file as one field. */
const longestRecord = 65_536;

/**
 * Reads an order file record by record, never the whole of it at once; plain or gzipped, as its first bytes tell.
 * @throws AppError `invalid_file` when it can't be read as such a file at all: no header, other columns, a quote
 *   that is never closed, damaged gzip
 */
export async function* readRecords(file: OrderFile): AsyncGenerator<FileRecord> {
  let line = 1;
  try {
    for await (const { record, raw: text } of await openRecords(file.path)) {
      const raw = text.replace(/[\r\n]+$/, '');
      if (line === 1) checkHeader(file.name, record);
      else yield { line, raw, fields: record };
      // Counted here, because the parser counts CRLF inside quotes twice.
      line += raw.split('\n').length;
    }
  } catch (error) {
    throw explain(file.name, line, error);
  }
  if (line === 1)
    throw new AppError('invalid_file', `${file.name} is empty: its first line must be ${columns.join(',')}`);
}

interface ParsedRecord {
  record: string[];
  raw: string;
}

async function openRecords(file: string): Promise<AsyncIterable<ParsedRecord>> {
  const gzipped = await isGzipped(file);
  const parser = parse({
    bom: true,
    max_record_size: longestRecord,
    raw: true,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    relax_quotes: true,
  });
  // An error of any of the streams destroys the parser with it, and so reaches whoever reads from that.
  const told = () => undefined;
  if (gzipped) pipeline(createReadStream(file), createGunzip(), parser, told);
  else pipeline(createReadStream(file), parser, told);
  return parser;
}

async function isGzipped(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

function checkHeader(file: string, header: readonly string[]): void {
  if (header.length === columns.length && columns.every((name, index) => header[index]?.trim() === name))
    return;
  throw new AppError(
    'invalid_file',
    `${file} does not start with the header of an order file.\n  expected: ${columns.join(',')}\n  found:    ${header.join(',').slice(0, 200)}`,
  );
}

function explain(file: string, line: number, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code?.startsWith('Z_')) {
    return new AppError(
      'invalid_file',
      `${file} is damaged: its gzip data ends or breaks after line ${line - 1}`,
      {
        cause: error,
      },
    );
  }
  if ((error as NodeJS.ErrnoException).syscall !== undefined) return unreadable(file, error);
  if (!(error instanceof CsvError)) return error;
  return new AppError(
    'invalid_file',
    `${file} can't be read on from line ${line}: ${
      code === 'CSV_QUOTE_NOT_CLOSED' || code === 'CSV_MAX_RECORD_SIZE'
        ? `a quote that is opened there is never closed, or the record is over ${longestRecord} bytes`
        : error.message
    }. Nothing can be taken from it before that is mended`,
    { cause: error },
  );
}
