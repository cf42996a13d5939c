import type { Move, MoveTable, Row, Side } from '#contracts/strangler/move.js';
import type { DigestAnswer, DigestRequest } from '#contracts/strangler/verify.js';
import type { Connection } from '../database/connect-mysql.js';
import { digestOf, rowTexts } from '../rows/canonical-row.js';
import { type Bound, type PageReader, readPages } from './read-pages.js';
import { bucketOfRow } from '../rows/bucket-of-row.js';

/** The rows that a question is about. */
export interface AskedTable {
  connection: Connection;
  move: Move;
  table: MoveTable;
  /** The side whose database `connection` leads to. */
  side: Side;
}

type Block = DigestAnswer['blocks'][number];

/** How many times as many rows as it should have a block is read before it is given up. */
const mostSurplus = 4;

/** Digests of consecutive blocks; see `digestRequestSchema`. Needs memory for one block at a time, and locks nothing. */
export async function digestBlocks(asked: AskedTable, request: DigestRequest): Promise<DigestAnswer> {
  const reader = await readPages(asked.connection, asked.table, asked.side, request.rows);
  const digester = rowDigester(asked, request.buckets);
  const blocks: Block[] = [];
  let after = request.after;
  let scanned = 0;
  for (let at = 0; at < (request.upTos?.length ?? request.blocks); at++) {
    const upTo = request.upTos ? (request.upTos[at] ?? null) : await readBlock(reader, after, digester.add);
    const complete =
      !request.upTos || (await readUpTo(reader, after, upTo, request.rows * mostSurplus, digester.add));
    const { rows, digest, scanned: read } = digester.finish();
    blocks.push({ upTo, rows, digest: complete ? digest : null });
    scanned += read;
    if (upTo === null) break;
    after = upTo;
  }
  return { accepted: true, blocks, scanned };
}

/** @returns where the block ends that begins behind `after` */
async function readBlock(reader: PageReader, after: Bound, add: (rows: Row[]) => void): Promise<Bound> {
  const rows = await reader.read(after, null);
  add(rows);
  const last = rows.at(-1);
  return rows.length < reader.pageRows || !last ? null : reader.keyOf(last);
}

/** @returns false when the range has more than `most` rows, and was not read to its end */
async function readUpTo(
  reader: PageReader,
  after: Bound,
  upTo: Bound,
  most: number,
  add: (rows: Row[]) => void,
): Promise<boolean> {
  let from = after;
  for (let read = 0; read <= most;) {
    const rows = await reader.read(from, upTo);
    add(rows);
    read += rows.length;
    const last = rows.at(-1);
    if (rows.length < reader.pageRows || !last) return true;
    from = reader.keyOf(last);
  }
  return false;
}

function rowDigester({ move, table, side }: AskedTable, buckets: readonly number[] | null) {
  const textOf = rowTexts(table, side);
  const wanted = buckets && new Set(buckets);
  let text = '';
  let rows = 0;
  let scanned = 0;
  return {
    add(page: readonly Row[]): void {
      scanned += page.length;
      for (const row of page) {
        if (wanted && !wanted.has(bucketOfRow(move.capability, table[side], row))) continue;
        rows += 1;
        text += textOf(row);
      }
    },
    /** The digest of what was added since the last one. */
    finish(): { rows: number; scanned: number; digest: string } {
      const finished = { rows, scanned, digest: digestOf(text) };
      [text, rows, scanned] = ['', 0, 0];
      return finished;
    },
  };
}
