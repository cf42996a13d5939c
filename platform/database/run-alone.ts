import { createHash } from 'node:crypto';
import { QueryTypes, type Sequelize } from 'sequelize';

/**
 * Runs work that nobody else who uses the same name on this schema runs at the same time. A crash ends it at once: the
 * server frees the name with the connection.
 * @param own connections that are held while the work runs, so never those that the work itself waits for
 * @returns undefined when somebody else is at it
 */
export function runAlone<Result>(
  own: Sequelize,
  name: string,
  work: () => Promise<Result>,
): Promise<{ result: Result } | undefined> {
  // A name is known to the whole server, and has at most 64 characters.
  const lock = createHash('sha256').update(`${own.config.database}/${name}`).digest('hex');
  return own.transaction(async (transaction) => {
    const [taken] = await own.query<{ held: number | null }>('SELECT GET_LOCK(?, 0) AS held', {
      replacements: [lock],
      type: QueryTypes.SELECT,
      transaction,
    });
    if (taken?.held !== 1) return undefined;
    try {
      return { result: await work() };
    } finally {
      await own.query('SELECT RELEASE_LOCK(?)', { replacements: [lock], transaction });
    }
  });
}
