import { QueryTypes, type Sequelize } from 'sequelize';
import { keyIdOf, type KeyRing, sealedMark } from '#platform/crypto/key-ring.js';
import { AppError } from '#platform/errors/app-error.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { sealedFor } from './saga-store.js';

/**
 * Makes sure that every saga which has not ended can be carried on with these keys.
 * @param setting the variable that the keys come from
 * @throws AppError `invalid_config` that names the key that is missing, or is another one
 */
export async function checkSagaKeys(database: Sequelize, keys: KeyRing, setting: string): Promise<void> {
  // One of each key: the ids of keys stand at the beginning.
  const rows = await database.query<{ saga_id: string; data: string; sagas: number }>(
    `SELECT s.saga_id, s.data, k.sagas FROM sagas s JOIN (
       SELECT MIN(saga_id) AS saga_id, COUNT(*) AS sagas FROM sagas
       WHERE status IN ('running', 'compensating') AND data LIKE '${sealedMark}:%'
       GROUP BY SUBSTRING_INDEX(data, ':', 2)
     ) k ON k.saga_id = s.saga_id`,
    { type: QueryTypes.SELECT },
  );
  for (const { saga_id, data, sagas } of rows) {
    try {
      keys.open(data, sealedFor({ sagaId: saga_id }));
    } catch (cause) {
      throw new AppError(
        'invalid_config',
        `${sagas} ${sagas === 1 ? 'saga that has' : 'sagas that have'} not ended can't be read: ${messageOf(cause)}. ` +
          `${setting} must have the key that sealed them: put ${keyIdOf(data)}:KEY back, behind the first one`,
        { cause },
      );
    }
  }
}
