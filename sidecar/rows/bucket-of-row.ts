import type { Row, TableOnSide } from '#contracts/strangler/move.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';

/** The bucket whose owner may write this row. @returns 1 to 100 */
export function bucketOfRow(capability: string, { ownedBy }: TableOnSide, row: Row): number {
  return bucketOfKey(capability, String(row[ownedBy]));
}
