import { join } from 'node:path';
import { QueryTypes } from 'sequelize';
import { connectDatabase, patientLimits } from '#platform/database/connect-database.js';
import { explainDatabaseError } from './explain-database-error.js';
import { type ImportSummary, runImport } from './run-import.js';

/** A small order file of our own invention, as dirty as real ones. */
const sampleFile = 'legacy-monolith/import/sample/sample-orders.csv';

/**
 * Gives an empty shop a small catalogue, so that there is something to buy.
 * @param root folder of the repository: the file is no part of the build
 * @param mysqlUrl the shop's schema, whose tables the monolith has made
 * @returns undefined when the shop has products already
 * @throws AppError as `runImport` does
 */
export async function importSampleWhenEmpty({
  root,
  mysqlUrl,
}: {
  root: string;
  mysqlUrl: string;
}): Promise<ImportSummary | undefined> {
  return (await hasProducts(mysqlUrl)) ? undefined : runImport({ file: join(root, sampleFile), mysqlUrl });
}

async function hasProducts(mysqlUrl: string): Promise<boolean> {
  const database = connectDatabase(mysqlUrl, 1, patientLimits);
  try {
    return (await database.query('SELECT 1 FROM products LIMIT 1', { type: QueryTypes.SELECT })).length > 0;
  } catch (error) {
    throw explainDatabaseError(error);
  } finally {
    await database.close();
  }
}
