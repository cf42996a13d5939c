import type { MoveTable, Row, Side } from '#contracts/strangler/move.js';
import { otherSide } from '#contracts/strangler/move.js';
import type { RowDifference } from '#contracts/strangler/verify.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { digestOf } from './canonical-row.js';
import { type LostValue, lostValues } from './kept-values.js';
import { valueText } from './value-text.js';

type Comparison = Pick<RowDifference, 'kind' | 'columns' | 'problem'>;

/** Longer values are shown by their beginning. */
const shownCharacters = 80;

/**
 * Compares an owner's row with its replica's, in the service's form.
 * @returns undefined when they are equal
 */
export function compareRows(
  table: MoveTable,
  replica: Side,
  ownersRow: Row | undefined,
  replicasRow: Row | undefined,
): Comparison | undefined {
  const owner = otherSide(replica);
  const one = ownersRow && onService(table, owner, ownersRow);
  const other = replicasRow && onService(table, replica, replicasRow);
  if (one && 'problem' in one) return { kind: 'not-mapped', columns: [], problem: one.problem };
  // A replica's row that the move can't map is none that the owner's row was ever mapped to.
  const own = one?.row;
  const found = other && 'row' in other ? other.row : undefined;
  if (!own && !replicasRow) return undefined;
  const columns = table.columns.service
    .toSorted()
    .filter((column) => !own || !found || !sameValue(own, found, column))
    .map((column) => ({ column, owner: shown(own, column), replica: shown(found, column) }));
  if (!own) return { kind: 'superfluous', columns, problem: null };
  if (!replicasRow) return { kind: 'missing', columns, problem: null };
  return columns.length === 0 ? undefined : { kind: 'values', columns, problem: null };
}

function onService(table: MoveTable, side: Side, row: Row): { row: Row } | { problem: string } {
  try {
    const lost = lostValues(table, side, row);
    if (lost.length > 0) return { problem: describeLost(table[side].table, lost, row) };
    return { row: side === 'service' ? row : table.toService(row) };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

function describeLost(table: string, lost: readonly LostValue[], row: Row): string {
  const each = lost.map(
    ({ column, returned }) =>
      `${table}.${column} is ${shown(row, column)} and would come back as ${shown({ [column]: returned }, column)}`,
  );
  return `the move does not keep this row: ${each.join('; ')}`;
}

function sameValue(one: Row, other: Row, column: string): boolean {
  return valueText(one[column] ?? null) === valueText(other[column] ?? null);
}

function shown(row: Row | undefined, column: string): string | null {
  const value = row?.[column] ?? null;
  if (value === null) return null;
  const text = Buffer.isBuffer(value) ? `0x${value.toString('hex')}` : String(value);
  if (text.length <= shownCharacters) return text;
  return `${text.slice(0, shownCharacters)}... (${text.length} characters, digest ${digestOf(text)})`;
}
