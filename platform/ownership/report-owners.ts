import { QueryTypes, type Sequelize } from 'sequelize';
import type { Side } from '#contracts/strangler/move.js';
import type { BucketRow, OwnersSaid } from '#contracts/strangler/ownership.js';
import { ownershipTable } from './ownership-table.js';

export interface ReportOptions {
  /** The side of this program's database. */
  side: Side;
  /** Capabilities that have an ownership table here. */
  owned: readonly string[];
  /** Whether this program still answers for a capability; always, where it is left out. */
  inUse?: (capability: string) => boolean;
}

/**
 * Makes a program say who owns what, as its sidecar does, so that a gateway can ask it when the sidecar is silent.
 *
 * The rows are read with a lock: a plain read may still show a release as not committed while the other side already owns
 * the bucket.
 * @returns for `createHttpApp`
 */
export function reportOwnersOf(
  database: Sequelize,
  { side, owned, inUse = () => true }: ReportOptions,
): (capability: string) => Promise<OwnersSaid | undefined> {
  return async (capability) => {
    if (!owned.includes(capability)) return undefined;
    if (!inUse(capability)) return { capability, side, rows: [], leaving: true };
    const rows = await database.query<BucketRow>(
      `SELECT bucket, state, epoch FROM ${ownershipTable(capability)} ORDER BY bucket LOCK IN SHARE MODE`,
      { type: QueryTypes.SELECT },
    );
    return { capability, side, rows };
  };
}
