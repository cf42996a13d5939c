import type { RowHashesAnswer, RowHashesRequest } from '#contracts/strangler/verify.js';
import { digestOf, rowTexts } from '../rows/canonical-row.js';
import type { AskedTable } from './digest-blocks.js';
import { readPages } from './read-pages.js';
import { bucketOfRow } from '../rows/bucket-of-row.js';

/** Each row of a range by key, bucket and hash; see `rowHashesRequestSchema`. */
export async function hashRows(asked: AskedTable, request: RowHashesRequest): Promise<RowHashesAnswer> {
  const { move, table, side } = asked;
  const reader = await readPages(asked.connection, table, side, request.limit);
  const textOf = rowTexts(table, side);
  const wanted = request.buckets && new Set(request.buckets);
  const read = await reader.read(request.after, request.upTo);
  const last = read.at(-1);
  const rows = read
    .map((row) => ({
      key: reader.keyOf(row),
      bucket: bucketOfRow(move.capability, table[side], row),
      hash: digestOf(textOf(row)),
    }))
    .filter(({ bucket }) => !wanted || wanted.has(bucket));
  const whole = read.length < reader.pageRows || !last;
  return { accepted: true, upTo: whole ? request.upTo : reader.keyOf(last), rows };
}
