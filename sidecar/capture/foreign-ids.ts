import type { Move, Side } from '#contracts/strangler/move.js';
import { CaptureStopped } from './capture-error.js';
import type { ChangedRow } from './read-binlog.js';

/**
 * Makes the check of rows that this side's programs insert: where the sides keep their ids apart by number, each must be
 * one of this side's own.
 */
export function refuseForeignIds(
  move: Move,
  side: Side,
): (table: string, rows: readonly ChangedRow[]) => void {
  const sequences = new Map(
    move.tables.flatMap(({ ids, [side]: { table } }) =>
      ids && ids !== 'unique' ? [[table, ids[side]] as const] : [],
    ),
  );
  return (table, rows) => {
    const sequence = sequences.get(table);
    if (!sequence) return;
    const { column, increment, offset } = sequence;
    for (const { before, after } of rows) {
      const id = after?.[column];
      if (before || id === undefined || id === null) continue;
      if (BigInt(String(id)) % BigInt(increment) === BigInt(offset % increment)) continue;
      throw new CaptureStopped(
        'foreign_id',
        `${table} got a row with ${column} = ${String(id)}, which is not an id of the ${side}'s (every ${increment}th from ` +
          `${offset}): the other side can make the same. Set auto_increment_increment=${increment} and ` +
          `auto_increment_offset=${offset} for every program that writes there, give the row another id, ` +
          `and fill the replica anew (backfill ${move.capability} with a new chain)`,
      );
    }
  };
}
