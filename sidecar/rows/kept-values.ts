import { type MoveTable, otherSide, type Row, type Side } from '#contracts/strangler/move.js';
import { valueText } from './value-text.js';

/** A column whose value would be another one if the row went to the other side and came back. */
export interface LostValue {
  column: string;
  returned: Row[string];
}

/**
 * The columns of a row that the mapping does not keep: a value that the other side has no place or word for.
 * @param side side that has the row
 * @throws what the mapping throws for the row
 */
export function lostValues(table: MoveTable, side: Side, row: Row): LostValue[] {
  if (table.copiesOnly) return [];
  const [there, back] =
    otherSide(side) === 'service' ? [table.toService, table.toMonolith] : [table.toMonolith, table.toService];
  const returned = back(there(row));
  return table.columns[side]
    .filter((column) => valueText(returned[column] ?? null) !== valueText(row[column] ?? null))
    .map((column) => ({ column, returned: returned[column] ?? null }));
}
