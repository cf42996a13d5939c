import { hash } from 'node:crypto';
import type { MoveTable, Row, Side, Value } from '#contracts/strangler/move.js';

/**
 * Makes the function that turns rows of one side into texts, equal where both sides have the same. The service's form is
 * the canonical one: a row of the monolith is mapped, a row of the service stays as it is, but for columns that the move
 * doesn't fill, which belong to the service alone. A row that can't be mapped is unlike every other.
 */
export function rowTexts(table: MoveTable, side: Side): (row: Row) => string {
  let columns: string[] | undefined;

  function textOf(row: Row): string {
    const mapped = side === 'service' ? row : table.toService(row);
    columns ??= movedColumns(table, side, mapped);
    let text = '';
    for (const column of columns) text += valueText(mapped[column] ?? null);
    return text;
  }

  return (row) => {
    try {
      return textOf(row);
    } catch (error) {
      return `not mapped: ${(error as Error).message}`;
    }
  };
}

/** The service's columns that the move fills, sorted. @param row as the service has it */
export function movedColumns(table: MoveTable, side: Side, row: Row): string[] {
  return Object.keys(side === 'service' ? thereAndBack(table, row) : row).toSorted();
}

function thereAndBack(table: MoveTable, row: Row): Row {
  try {
    return table.toService(table.toMonolith(row));
  } catch {
    return row;
  }
}

/**
 * A value that can't be taken for another, nor run into the next one. A number and the same digits as a string are one:
 * large integers come as strings, and a column holds either the one or the other.
 */
export function valueText(value: Value): string {
  if (value === null) return 'n;';
  if (typeof value === 'string') return `${value.length}:${value}`;
  if (typeof value === 'number') {
    const digits = Object.is(value, -0) ? '-0' : String(value);
    return `${digits.length}:${digits}`;
  }
  return `b${value.length}:${value.toString('base64')}`;
}

/** A digest of any text: 132 bits of SHA-256. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'base64').slice(0, 22);
}
