import type { UnsafeTable } from '#contracts/strangler/check-tables.js';
import { type IdSequence, type MoveTable, otherSide, type Side } from '#contracts/strangler/move.js';
import { quoteName } from '../database/connect-mysql.js';
import type { UniqueKey, UniquePart } from '../database/describe-columns.js';
import type { CheckedTable } from './table-facts.js';

const list = (columns: readonly string[]): string => columns.map(quoteName).join(', ');

/** The move's key is the table's primary key, with all of each column. */
export function checkPrimaryKey({ move, side, facts: { table, uniqueKeys } }: CheckedTable): UnsafeTable[] {
  const { key } = move[side];
  const primary = uniqueKeys.find(({ name }) => name === 'PRIMARY');
  const found = (primary?.parts ?? []).map(({ column, prefix }) => `${column}${lengthOf(prefix)}`).join(', ');
  if (found === key.join(', ')) return [];
  const problem = primary
    ? `its primary key is (${found}), the move's key is (${key.join(', ')})`
    : 'it has no primary key';
  const change = primary ? 'DROP PRIMARY KEY, ' : '';
  return [
    { table, problem, remedy: `ALTER TABLE ${quoteName(table)} ${change}ADD PRIMARY KEY (${list(key)})` },
  ];
}

const lengthOf = (prefix: number | null): string => (prefix === null ? '' : `(${prefix})`);

/** Every unique key besides the primary one is such that no row of one owner can be in the way of another owner's. */
export function checkUniqueKeys(checked: CheckedTable): UnsafeTable[] {
  const { key } = checked.move[checked.side];
  return (
    checked.facts.uniqueKeys
      .filter(({ name }) => name !== 'PRIMARY')
      // Of rows that are alike in it, the primary key allows one only.
      .filter(({ parts }) => !key.every((column) => countsWhole(parts, column)))
      .flatMap((unique) => [...checkOwner(checked, unique), ...checkOwnColumns(checked, unique)])
  );
}

function countsWhole(parts: readonly UniquePart[], column: string): boolean {
  return parts.some((part) => part.column === column && part.prefix === null);
}

/**
 * A value is unique on each side, not on both: two owners can write the same one at once, and each side would refuse the
 * other's row. With the owning key in it, only one of them may. What the database computes of copied columns is copied.
 */
function checkOwner({ move, side, facts }: CheckedTable, { name, columns, parts }: UniqueKey): UnsafeTable[] {
  const { table } = facts;
  const { ownedBy } = move[side];
  const own = new Set(ownColumnsOf({ move, side, facts }));
  const isCopied = parts.some(({ column }) => column === null || !own.has(column));
  if (!isCopied || countsWhole(parts, ownedBy)) return [];
  const hasExpression = parts.some(({ column }) => column === null);
  const others = parts.filter(({ column }) => column !== ownedBy);
  const wanted = [
    quoteName(ownedBy),
    ...others.map(({ column, prefix }) => `${quoteName(column ?? '')}${lengthOf(prefix)}`),
  ].join(', ');
  return [
    {
      table,
      problem:
        `its unique key ${name} (${[...columns, ...(hasExpression ? ['an expression'] : [])].join(', ')}) ` +
        `does not contain ${columns.includes(ownedBy) ? 'all of ' : ''}${ownedBy}, which decides who owns a row: ` +
        'the owners of two rows can write the same value',
      remedy: hasExpression
        ? `make the key ${quoteName(name)} again, with the column ${quoteName(ownedBy)} in it`
        : `ALTER TABLE ${quoteName(table)} DROP INDEX ${quoteName(name)}, ADD UNIQUE ${quoteName(name)} (${wanted})`,
    },
  ];
}

/**
 * Replication writes no column that one side has for itself, so all rows of the other side get the same value there. Only
 * null, and the numbers of AUTO_INCREMENT, are in nobody's way.
 */
function checkOwnColumns(checked: CheckedTable, { name, columns }: UniqueKey): UnsafeTable[] {
  const { table, columns: all } = checked.facts;
  const own = ownColumnsOf(checked).filter((column) => columns.includes(column));
  const isFree = all.some(
    (column) => own.includes(column.name) && (column.nullByDefault || /auto_increment/i.test(column.extra)),
  );
  if (own.length === 0 || isFree) return [];
  return [
    {
      table,
      problem:
        `its unique key ${name} (${columns.join(', ')}) has the column ${own.join(', ')}, which the ${checked.side} alone ` +
        "has: the other side's rows would all get its default there",
      remedy: `MODIFY the column ${own[0]} so that it may be NULL, with DEFAULT NULL; or DROP INDEX ${quoteName(name)}`,
    },
  ];
}

/** Columns that neither replication nor the database itself fills. */
function ownColumnsOf({ move, side, facts }: Pick<CheckedTable, 'move' | 'side' | 'facts'>): string[] {
  const copied = new Set(move.columns[side]);
  return facts.columns.filter((one) => !one.generated && !copied.has(one.name)).map(({ name }) => name);
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
