import type { UnsafeTable } from '#contracts/strangler/check-tables.js';
import { quoteName } from '../database/connect-mysql.js';
import type { Column } from '../database/describe-columns.js';
import type { CheckedTable } from './table-facts.js';

/** Types whose values the log and a query give in different forms. */
const unsupportedTypes = new Set([
  ...['geometry', 'point', 'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon'],
  ...['geometrycollection', 'geomcollection', 'vector', 'uuid', 'inet4', 'inet6', 'xmltype'],
]);

/** Character sets whose texts the log gives exactly. */
const exactCharacterSets = new Set(['utf8mb4', 'utf8mb3', 'utf8', 'ascii', 'latin1', 'binary']);

/** The table is one whose every change the log shows, and whose transactions can be rolled back. */
export function checkStorage({ facts }: CheckedTable): UnsafeTable[] {
  const { table, kind, engine } = facts;
  if (/VERSIONED/i.test(kind))
    return [
      {
        table,
        problem: 'it keeps a history of its rows, which replication would not carry over',
        remedy: `ALTER TABLE ${quoteName(table)} DROP SYSTEM VERSIONING`,
      },
    ];
  if (kind !== 'BASE TABLE')
    return [{ table, problem: `it is a ${kind.toLowerCase()}`, remedy: 'move the table behind it' }];
  if (engine?.toLowerCase() !== 'innodb')
    return [
      {
        table,
        problem: `its engine ${engine ?? 'unknown'} has no transactions`,
        remedy: `ALTER TABLE ${quoteName(table)} ENGINE=InnoDB`,
      },
    ];
  return [];
}

/** Every column's values are the same in the log and in a query. */
export function checkColumns({ facts: { table, columns } }: CheckedTable): UnsafeTable[] {
  return columns.flatMap((column) => {
    const found = unsupported(column);
    return found ? [{ table, ...found }] : [];
  });
}

function unsupported({ name, type, fullType, characterSet }: Column): Omit<UnsafeTable, 'table'> | undefined {
  if (unsupportedTypes.has(type.toLowerCase()))
    return {
      problem: `its column ${name} has the type ${type}, whose values can't be replicated exactly`,
      remedy: `store it as BINARY or as text, or keep it in a table that is not moved`,
    };
  if (/\bCOMPRESSED\b/i.test(fullType))
    return {
      problem: `its column ${name} is COMPRESSED, which the log's readers can't read`,
      remedy: 'MODIFY the column without COMPRESSED',
    };
  if (characterSet !== null && !exactCharacterSets.has(characterSet))
    return {
      problem: `its column ${name} has the character set ${characterSet}, whose texts can't be replicated exactly`,
      remedy: 'MODIFY the column with CHARACTER SET utf8mb4',
    };
  return undefined;
}

/** The move names each column of the table, and no other. Computed columns need no name. */
export function checkDeclared({ move, side, facts: { table, columns } }: CheckedTable): UnsafeTable[] {
  const copied = new Set(move.columns[side]);
  const own = new Set(move.ownColumns?.[side]);
  const undeclared = columns.filter(
    ({ name, generated }) => !generated && !copied.has(name) && !own.has(name),
  );
  const missing = [...copied].filter((name) => !columns.some((column) => column.name === name));
  const computed = columns.filter(({ name, generated }) => generated && copied.has(name));
  return [
    ...undeclared.map(({ name }) => ({
      table,
      problem: `its column ${name} is not in the move, so its values would be missing on the other side`,
      remedy: `name it in the move's columns, or in its ownColumns if the ${side} alone has it; or drop it`,
    })),
    ...missing.map((name) => ({
      table,
      problem: `it has no column ${name}, which the move copies`,
      remedy: 'add it to the table, or take it out of the move',
    })),
    ...computed.map(({ name }) => ({
      table,
      problem: `its column ${name} is computed by the database, so it can't be written`,
      remedy: 'take it out of the move',
    })),
  ];
}
