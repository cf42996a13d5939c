import type { MoveTable, Row, Side, TableOnSide } from '#contracts/strangler/move.js';
import { decodeValue, encodeValue, type WireValue } from '#contracts/strangler/row-values.js';
import { type Connection, quoteName, selectRows } from '../database/connect-mysql.js';
import { describeColumns, exactSelectList, keyOrder } from '../database/describe-columns.js';
import { keyRange } from '../database/key-range.js';

/** Values of a primary key; null is the table's start or end. */
export type Bound = WireValue[] | null;

/** Reads a table range by range, in the order of its primary key. */
export interface PageReader {
  keyOrder: string;
  /** Rows of the table as the database guesses them. */
  estimate: number;
  /** Rows of one page: fewer than wished where rows are large. */
  pageRows: number;
  /** The next rows behind `after`, up to and with `upTo`: at most `pageRows`. */
  read(after: Bound, upTo: Bound): Promise<Row[]>;
  keyOf(row: Row): WireValue[];
}

/** Memory that the rows of one page should fit in, in bytes. */
const pageBytes = 4 * 1024 ** 2;

/**
 * Prepares to read one table of a move. Each page is a statement of its own that locks nothing and keeps no old versions
 * of rows alive; pages are of different moments.
 * @throws when the table is not there
 */
export async function readPages(
  connection: Connection,
  table: MoveTable,
  side: Side,
  wishedRows: number,
): Promise<PageReader> {
  const { [side]: own } = table;
  const columns = await describeColumns(connection, own.table);
  if (columns.length === 0) throw new Error(`the table ${own.table} is not there`);
  const { estimate, rowBytes } = await guessSize(connection, own);
  const pageRows = Math.max(1, Math.min(wishedRows, Math.floor(pageBytes / Math.max(1, rowBytes))));
  const select = `SELECT ${exactSelectList(columns, table.columns[side])} FROM ${quoteName(own.table)} WHERE `;
  const order = ` ORDER BY ${own.key.map(quoteName).join(', ')} LIMIT ${pageRows}`;
  return {
    keyOrder: keyOrder(columns, own.key),
    estimate,
    pageRows,
    read(after, upTo) {
      const range = keyRange(own.key, after?.map(decodeValue) ?? null, upTo?.map(decodeValue) ?? null);
      return selectRows<Row>(connection, select + range.sql + order, range.values);
    },
    keyOf: (row) => own.key.map((column) => encodeValue(row[column] ?? null)),
  };
}

async function guessSize(
  connection: Connection,
  { table }: TableOnSide,
): Promise<{ estimate: number; rowBytes: number }> {
  const [row] = await selectRows<{ estimate: number | null; rowBytes: number | null }>(
    connection,
    `SELECT table_rows AS estimate, avg_row_length AS rowBytes
     FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?`,
    [table],
  );
  return { estimate: Number(row?.estimate ?? 0), rowBytes: Number(row?.rowBytes ?? 0) };
}
