import type { UnsafeTable } from '#contracts/strangler/check-tables.js';
import { quoteName } from '../database/connect-mysql.js';
import type { CheckedTable, ForeignKeyFacts } from './table-facts.js';

/** The log does not show the rows that a foreign key removes or changes, and the other side's copies would stay. */
export function checkForeignKeys({ facts: { table, foreignKeys } }: CheckedTable): UnsafeTable[] {
  return foreignKeys.filter(actsByItself).map((key) => ({
    table,
    problem:
      `its rows and those of ${key.table === table ? key.parent : key.table} are tied by the foreign key ${key.name} ` +
      `(ON DELETE ${key.onDelete}, ON UPDATE ${key.onUpdate}): the log does not show what it changes`,
    remedy: withoutActions(key),
  }));
}

function actsByItself({ onDelete, onUpdate }: ForeignKeyFacts): boolean {
  return [onDelete, onUpdate].some((rule) => /CASCADE|SET/i.test(rule));
}

function withoutActions({ name, table, columns, parent, parentColumns }: ForeignKeyFacts): string {
  const list = (names: readonly string[]): string => names.map(quoteName).join(', ');
  return (
    `remove those rows in the program, and: ALTER TABLE ${quoteName(table)} DROP FOREIGN KEY ${quoteName(name)}, ` +
    `ADD CONSTRAINT ${quoteName(`${name}_restrict`)} FOREIGN KEY (${list(columns)}) ` +
    `REFERENCES ${quoteName(parent)} (${list(parentColumns)})`
  );
}
