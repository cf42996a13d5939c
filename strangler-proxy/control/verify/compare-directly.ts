import { otherSide, type Side } from '#contracts/strangler/move.js';
import {
  answeredComparisonSchema,
  answeredKeyedRowsSchema,
  type RowDifference,
  verifySubject,
} from '#contracts/strangler/verify.js';
import type { WireValue } from '#contracts/strangler/row-values.js';
import { type Asker, askSide } from './ask-side.js';

/** Keys of one question. */
const atOnce = 50;

/**
 * Compares the rows under keys as they are now, without the stream. That is exact where the replica hears nothing of the
 * owner any more, since its database has gone back in time: what differs will not become equal by itself.
 * @throws CanNotVerify
 */
export async function compareDirectly(
  asker: Asker,
  owner: Side,
  table: string,
  keys: readonly WireValue[][],
): Promise<(RowDifference & { owner: Side })[]> {
  const { capability } = asker;
  const replica = otherSide(owner);
  const differences: (RowDifference & { owner: Side })[] = [];
  let rest = keys;
  while (rest.length > 0) {
    const some = rest.slice(0, atOnce);
    const { taken, rows } = await askSide(
      asker,
      owner,
      verifySubject('keyed-rows', capability, owner),
      { table, keys: some },
      answeredKeyedRowsSchema,
    );
    const compared = await askSide(
      asker,
      replica,
      verifySubject('comparison', capability, replica),
      { table, keys: some.slice(0, taken), rows },
      answeredComparisonSchema,
    );
    differences.push(...compared.differences.map((one) => ({ ...one, owner })));
    rest = rest.slice(taken);
  }
  return differences;
}
