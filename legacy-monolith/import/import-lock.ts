import type { Sequelize } from 'sequelize';
import { AppError } from '#platform/errors/app-error.js';

/** Longest wait for another import of the same shop; a killed one's lock is gone as soon as the server sees it. */
const lockWaitSeconds = 10;

/**
 * Runs an import while no other one writes to the same shop.
 * @throws AppError `import_running`
 */
export async function withImportLock<Result>(
  database: Sequelize,
  work: () => Promise<Result>,
): Promise<Result> {
  // A named lock belongs to its connection, so it is taken on one that a transaction keeps for us.
  return database.transaction(async (transaction) => {
    const name = `${database.config.database}.import`.slice(-64);
    const [rows] = await database.query('SELECT GET_LOCK(?, ?) AS held', {
      replacements: [name, lockWaitSeconds],
      transaction,
    });
    if ((rows[0] as { held: number | null } | undefined)?.held !== 1) {
      throw new AppError('import_running', 'Another import is writing to this shop: wait until it has ended');
    }
    try {
      return await work();
    } finally {
      await database.query('SELECT RELEASE_LOCK(?)', { replacements: [name], transaction });
    }
  });
}
