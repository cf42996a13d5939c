import type { Value } from '#contracts/strangler/move.js';
import { quoteName } from './connect-mysql.js';

/** A condition with the values for its question marks. */
export interface Condition {
  sql: string;
  values: Value[];
}

/**
 * Keys after `after` up to and with `upTo`, in the order of the columns; null is no bound. Written out column by
 * column, since row comparisons keep MySQL from using the index.
 */
export function keyRange(
  columns: readonly string[],
  after: readonly Value[] | null,
  upTo: readonly Value[] | null,
): Condition {
  const bounds = [
    ...(after ? [compare(columns, after, '>', false)] : []),
    ...(upTo ? [compare(columns, upTo, '<', true)] : []),
  ];
  if (bounds.length === 0) return { sql: 'TRUE', values: [] };
  return { sql: bounds.map(({ sql }) => sql).join(' AND '), values: bounds.flatMap(({ values }) => values) };
}

function compare(
  columns: readonly string[],
  bound: readonly Value[],
  operator: '<' | '>',
  inclusive: boolean,
): Condition {
  const alternatives: string[] = [];
  const values: Value[] = [];
  columns.forEach((column, index) => {
    const last = index === columns.length - 1;
    const equal = columns.slice(0, index).map((name) => `${quoteName(name)} = ?`);
    alternatives.push(
      [...equal, `${quoteName(column)} ${operator}${last && inclusive ? '=' : ''} ?`].join(' AND '),
    );
    values.push(...bound.slice(0, index + 1));
  });
  return { sql: `(${alternatives.join(' OR ')})`, values };
}
