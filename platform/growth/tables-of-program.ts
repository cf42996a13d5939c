import { QueryTypes, type Sequelize } from 'sequelize';
import type { Store } from '#contracts/strangler/store.js';
import { measureTables } from './measure-tables.js';
import type { Measured } from './report-growth.js';

/** Looks at the tables of a program's own schema. @param program whose they are, for people */
export function tablesOf(
  program: string,
  database: Sequelize,
  stores: readonly Store[],
): () => Promise<Measured> {
  return () =>
    measureTables(
      (sql, values) =>
        database.query<Record<string, unknown>>(sql, {
          replacements: [...values],
          type: QueryTypes.SELECT,
        }),
      stores,
      ` of ${program}`,
    );
}
