import { escapeId } from 'mysql2';
import { AppError } from '#platform/errors/app-error.js';

/** What the database says of a column. */
export interface ColumnFacts {
  name: string;
  /** As in `bigint`. */
  type: string;
  /** As in `bigint(20) unsigned zerofill`. */
  fullType: string;
  /** As in `auto_increment`. */
  extra: string;
  /** The column's value follows from others, or from an expression where a statement names none. */
  computed: boolean;
}

const integers = ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'];
const texts = ['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'enum'];
const exact = new Set([...integers, ...texts, 'decimal', 'year']);

/**
 * The text of a row's owning key, in SQL, as the engine writes the same value.
 * @param row `OLD` or `NEW` in a trigger, or the name of a table
 * @throws AppError `failed` for a type whose text could differ from the engine's
 */
export function keyAsText({ name, type, fullType }: ColumnFacts, row: string): string {
  const value = `${row}.${escapeId(name, true)}`;
  if (!exact.has(type.toLowerCase()))
    throw new AppError(
      'failed',
      `The owning key ${name} is of type ${type}: its text depends on the session, or is not the engine's. A trigger can guard ` +
        `${[...exact].join(', ')}; let the program guard its writes instead (guard: transaction), or own the rows by another column.`,
    );
  // As a number it has no zeros before it, which its text would have.
  return /zerofill/i.test(fullType) ? `(${value} + 0)` : value;
}

/** A trigger that runs before the row is written does not see the value of such a column yet. */
export function isFilledLate({ extra, computed }: ColumnFacts): boolean {
  return computed || /auto_increment/i.test(extra);
}
