import type { Side } from '#contracts/strangler/move.js';
import { answeredRowHashesSchema, type RowHashesAnswer, verifySubject } from '#contracts/strangler/verify.js';
import { type Asker, askSide, type Bound } from './ask-side.js';
import type { Suspect } from './confirm-differences.js';

/** Part of a table: (after, upTo]. */
export interface Range {
  after: Bound;
  upTo: Bound;
}

/** Rows that are looked at one by one at a time. */
const pageRows = 1_000;

/**
 * Finds the keys of a range whose rows are not alike on both sides, page by page.
 * @param table as the service names it
 */
export async function* findSuspects(
  asker: Asker,
  table: string,
  range: Range,
  buckets: readonly number[] | null,
): AsyncGenerator<Suspect[]> {
  const rowsOf = (side: Side, after: Bound, upTo: Bound): Promise<RowHashesAnswer> => {
    const request = { table, after, upTo, limit: pageRows, buckets };
    const subject = verifySubject('rows', asker.capability, side);
    return askSide(asker, side, subject, request, answeredRowHashesSchema);
  };
  let after = range.after;
  for (;;) {
    let monolith = await rowsOf('monolith', after, range.upTo);
    const service = await rowsOf('service', after, monolith.upTo);
    // The side with more rows decides how far this page goes.
    if (!sameBound(service.upTo, monolith.upTo)) monolith = await rowsOf('monolith', after, service.upTo);
    yield unlike(monolith.rows, service.rows);
    if (sameBound(monolith.upTo, range.upTo)) return;
    after = monolith.upTo;
  }
}

/** Keys that only one side has, or of which the hashes are not the same. */
export function unlike(one: RowHashesAnswer['rows'], other: RowHashesAnswer['rows']): Suspect[] {
  const rest = new Map(other.map((row) => [JSON.stringify(row.key), row]));
  const suspects: Suspect[] = [];
  for (const { key, bucket, hash } of one) {
    const text = JSON.stringify(key);
    if (rest.get(text)?.hash !== hash) suspects.push({ key, bucket });
    rest.delete(text);
  }
  return [...suspects, ...[...rest.values()].map(({ key, bucket }) => ({ key, bucket }))];
}

function sameBound(one: Bound, other: Bound): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
