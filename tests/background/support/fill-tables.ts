import { QueryTypes, type Sequelize } from 'sequelize';

/** Values of columns that are not what `usual` makes of their type: SQL in which `n` is the row's number. */
export type Fillings = Record<string, Record<string, string>>;

interface Column {
  table: string;
  name: string;
  type: string;
  fullType: string;
  nullable: 'YES' | 'NO';
  key: string;
}

/**
 * Fills every table of a schema, with up to a million rows, but those that stay small; and has the server count anew what it plans by.
 * @param small tables with a handful of rows however long a system runs
 */
export async function fillTables(
  database: Sequelize,
  rows: number,
  fillings: Fillings,
  small: RegExp,
): Promise<void> {
  const columns = await readColumns(database);
  for (const table of new Set(columns.map((column) => column.table))) {
    if (small.test(table)) continue;
    const own = columns.filter((column) => column.table === table);
    const cells = own.map((column) => fillings[table]?.[column.name] ?? usual(column));
    await database.query(
      `INSERT IGNORE INTO \`${table}\` (${own.map(({ name }) => `\`${name}\``).join(', ')})
       SELECT ${cells.join(', ')} FROM ${numbersTo(rows)} WHERE n <= ${rows}`,
    );
    await database.query(`ANALYZE TABLE \`${table}\``);
  }
}

function readColumns(database: Sequelize): Promise<Column[]> {
  return database.query<Column>(
    `SELECT table_name AS \`table\`, column_name AS name, data_type AS type, column_type AS fullType,
       is_nullable AS nullable, column_key AS \`key\`
     FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position`,
    { type: QueryTypes.SELECT },
  );
}

const digit = (name: string) =>
  `(SELECT ${Array.from({ length: 10 }, (_, index) => `${index} AS d`).join(' UNION ALL SELECT ')}) AS ${name}`;
const digits = ['ones', 'tens', 'hundreds', 'thousands', 'more', 'most'];

/** A table of the numbers from 1 on, on every server: up to so many, or the next power of ten. */
function numbersTo(most: number): string {
  const used = digits.slice(0, Math.ceil(Math.log10(most)));
  return `(SELECT ${used.map((name, index) => `${name}.d * ${10 ** index}`).join(' + ')} + 1 AS n
    FROM ${used.map(digit).join(', ')}) AS numbers`;
}

/** Ids and numbers of keys grow, times go back second by second, and what may be missing is. */
function usual({ name, type, fullType, nullable, key }: Column): string {
  if (nullable === 'YES') return 'NULL';
  const isKey = key === 'PRI' || key === 'UNI' || /_(id|key)$/.test(name);
  if (/char/.test(type))
    return isKey ? "CONCAT('r', LPAD(n, 8, '0'))" : fullType.startsWith('char(3)') ? "'GBP'" : "'x'";
  if (/text/.test(type)) return "'{}'";
  if (/date|time/.test(type)) return 'UTC_TIMESTAMP(3) - INTERVAL n SECOND';
  return isKey ? 'n' : '1';
}
