import { hash } from 'node:crypto';
import type { MoveTable, Row, Side } from '#contracts/strangler/move.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { lostValues } from './kept-values.js';
import { valueText } from './value-text.js';

/**
 * Makes the function that turns rows of one side into texts, equal where both sides have the same. The service's form is
 * the canonical one, of the columns that the move copies. A row that can't be mapped, or that the mapping doesn't keep, is
 * unlike every other.
 */
export function rowTexts(table: MoveTable, side: Side): (row: Row) => string {
  const columns = table.columns.service.toSorted();

  function textOf(row: Row): string {
    const [lost] = lostValues(table, side, row);
    if (lost) return `not kept: ${lost.column}`;
    const mapped = side === 'service' ? row : table.toService(row);
    let text = '';
    for (const column of columns) text += valueText(mapped[column] ?? null);
    return text;
  }

  return (row) => {
    try {
      return textOf(row);
    } catch (error) {
      return `not mapped: ${messageOf(error)}`;
    }
  };
}

/** A digest of any text: 132 bits of SHA-256. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'base64').slice(0, 22);
}
