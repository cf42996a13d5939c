import type { z } from 'zod';
import { AppError } from '../errors/app-error.js';

/** One page of a list, as the contract answers it. */
export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** Makes the opaque cursor of a position in a list. */
function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * Reads a cursor that a client sent back.
 * @param schema what the position of this list looks like
 * @throws AppError `invalid_request` when it is not one of ours
 */
export function decodeCursor<Position extends z.ZodType>(
  cursor: string | undefined,
  schema: Position,
): z.output<Position> | undefined {
  if (cursor === undefined) return undefined;
  const position = schema.safeParse(parse(cursor));
  if (position.success) return position.data;
  throw new AppError(
    'invalid_request',
    'cursor is not one that this list gave: leave it out to start at the beginning',
    {
      errors: [{ path: 'cursor', message: 'is not one that this list gave' }],
    },
  );
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Cuts a page from rows that were read with one row more than the limit.
 * @param positionOf what the next page has to start behind
 */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  positionOf: (row: Row) => unknown,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(positionOf(last)) : null,
  };
}
