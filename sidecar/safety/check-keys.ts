import type { UnsafeTable } from '#contracts/strangler/check-tables.js';
import { type IdSequence, type MoveTable, otherSide, type Side } from '#contracts/strangler/move.js';
import { quoteName } from '../database/connect-mysql.js';
import type { CheckedTable } from './table-facts.js';

const list = (columns: readonly string[]): string => columns.map(quoteName).join(', ');

/** The move's key is the table's primary key. */
export function checkPrimaryKey({ move, side, facts: { table, uniqueKeys } }: CheckedTable): UnsafeTable[] {
  const { key } = move[side];
  const primary = uniqueKeys.find(({ name }) => name === 'PRIMARY')?.columns ?? [];
  if (primary.join() === key.join()) return [];
  const problem =
    primary.length === 0
      ? 'it has no primary key'
      : `its primary key is (${primary.join(', ')}), the move's key is (${key.join(', ')})`;
  const change = primary.length === 0 ? '' : 'DROP PRIMARY KEY, ';
  return [
    { table, problem, remedy: `ALTER TABLE ${quoteName(table)} ${change}ADD PRIMARY KEY (${list(key)})` },
  ];
}

/**
 * A value is unique on each side, not on both: two owners can write the same one at once, and each side would refuse the
 * other's row. With the owning key in it, only one of them may.
 */
export function checkUniqueKeys({ move, side, facts: { table, uniqueKeys } }: CheckedTable): UnsafeTable[] {
  const { ownedBy } = move[side];
  const copied = new Set(move.columns[side]);
  return uniqueKeys
    .filter(({ name, columns }) => name !== 'PRIMARY' && !columns.includes(ownedBy))
    .filter(({ columns }) => columns.some((column) => copied.has(column)))
    .map(({ name, columns }) => ({
      table,
      problem:
        `its unique key ${name} (${columns.join(', ')}) does not contain ${ownedBy}, which decides who owns a row: ` +
        'the owners of two rows can write the same value',
      remedy: `ALTER TABLE ${quoteName(table)} DROP INDEX ${quoteName(name)}, ADD UNIQUE ${quoteName(name)} (${list([ownedBy, ...columns])})`,
    }));
}

/** Both sides make the numbers of an AUTO_INCREMENT column: they make the same ones unless they are kept apart. */
export function checkAutoIncrement({ move, side, facts: { table, columns } }: CheckedTable): UnsafeTable[] {
  const column = columns.find(({ extra }) => /auto_increment/i.test(extra));
  if (!column || !move.columns[side].includes(column.name)) return [];
  if (isKeptApart(move, side, column.name)) return [];
  return [
    {
      table,
      problem: `both sides make the numbers of its column ${column.name} (AUTO_INCREMENT), and make the same ones`,
      remedy:
        'keep them apart: set auto_increment_increment=2 on both sides, auto_increment_offset=1 on one and 2 on the ' +
        'other, and say so in the move (ids); or let the programs make the ids, and take AUTO_INCREMENT away',
    },
  ];
}

function isKeptApart({ ids }: MoveTable, side: Side, column: string): boolean {
  if (!ids || ids === 'unique') return false;
  return ids[side].column === column && areApart(ids[side], ids[otherSide(side)]);
}

/** A key that does not contain the owning key is one that the owners of two rows can choose alike. */
export function checkIds({ move, side, facts: { table } }: CheckedTable): UnsafeTable[] {
  const { key, ownedBy } = move[side];
  if (move.ids || key.includes(ownedBy)) return [];
  return [
    {
      table,
      problem:
        `its key (${key.join(', ')}) does not contain ${ownedBy}, which decides who owns a row: ` +
        'both sides could make a row with the same key',
      remedy:
        "say in the move why they can't (ids: 'unique' for UUIDs and the like, or a sequence for each side)",
    },
  ];
}

/** Whether two sequences have no number in common. */
function areApart(one: IdSequence, other: IdSequence): boolean {
  const step = greatestDivisor(one.increment, other.increment);
  return step > 0 && (one.offset - other.offset) % step !== 0;
}

function greatestDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestDivisor(other, one % other);
}
