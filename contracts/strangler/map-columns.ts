import { type MoveTable, otherSide, type Row, type Side } from './move.js';

/** How a part of a table's columns is mapped. */
export interface ColumnPart {
  /** Columns with equal values: the monolith's name and the service's. */
  pairs: readonly (readonly [string, string])[];
  /** Columns whose values follow from others, by the side that has them. */
  filled: Record<Side, readonly string[]>;
  /** Values of the columns that are filled. Each function gets the whole row, as far as the mapping names it. */
  toService(row: Row): Row;
  toMonolith(row: Row): Row;
}

/** What follows for a table from how its columns are mapped. */
export type ColumnMapping = Pick<MoveTable, 'columns' | 'copiesOnly' | 'toService' | 'toMonolith'>;

const nothing = (): Row => ({});

/** Columns that are alike on both sides. */
export function same(...columns: string[]): ColumnPart {
  return renamed(Object.fromEntries(columns.map((column) => [column, column])));
}

/** Columns with equal values under two names: the monolith's to the service's. */
export function renamed(names: Readonly<Record<string, string>>): ColumnPart {
  return {
    pairs: Object.entries(names),
    filled: { monolith: [], service: [] },
    toService: nothing,
    toMonolith: nothing,
  };
}

/**
 * Columns whose values follow from the other side's by two functions.
 * @param monolith columns that `toMonolith` fills @param service columns that `toService` fills
 */
export function mapped(
  monolith: readonly string[],
  service: readonly string[],
  { toService, toMonolith }: Pick<ColumnPart, 'toService' | 'toMonolith'>,
): ColumnPart {
  return { pairs: [], filled: { monolith, service }, toService, toMonolith };
}

/**
 * The mapping of a table from its parts. It names each column that replication copies: all others are left alone.
 * Both functions throw for a row that lacks a column, or that a part gives no value for.
 * @throws Error when two parts fill one column
 */
export function mapColumns(...parts: readonly ColumnPart[]): ColumnMapping {
  const columns = { monolith: columnsOf(parts, 'monolith'), service: columnsOf(parts, 'service') };
  const pairs = parts.flatMap((part) => part.pairs);
  const computed = parts.filter(({ filled }) => filled.monolith.length + filled.service.length > 0);

  function map(row: Row, to: Side): Row {
    for (const column of columns[otherSide(to)])
      if (row[column] === undefined) throw new Error(`the row has no column ${column}`);
    const result: Row = {};
    for (const [monolith, service] of pairs) {
      if (to === 'service') result[service] = row[monolith] ?? null;
      else result[monolith] = row[service] ?? null;
    }
    for (const { filled, toService, toMonolith } of computed) {
      const values = to === 'service' ? toService(row) : toMonolith(row);
      for (const column of filled[to]) {
        const value = values[column];
        if (value === undefined) throw new Error(`the move gives no value for ${column}`);
        result[column] = value;
      }
    }
    return result;
  }

  return {
    columns,
    copiesOnly: computed.length === 0,
    toService: (row) => map(row, 'service'),
    toMonolith: (row) => map(row, 'monolith'),
  };
}

function columnsOf(parts: readonly ColumnPart[], side: Side): string[] {
  const columns = parts.flatMap(({ pairs, filled }) => [
    ...pairs.map(([monolith, service]) => (side === 'monolith' ? monolith : service)),
    ...filled[side],
  ]);
  const twice = columns.find((column, at) => columns.indexOf(column) !== at);
  if (twice !== undefined) throw new Error(`two parts of a move fill the ${side}'s column ${twice}`);
  return columns;
}
