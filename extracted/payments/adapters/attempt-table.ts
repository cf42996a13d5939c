import { QueryTypes, type Sequelize } from 'sequelize';
import type { Guarded } from '#platform/database/guarded.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { chooseOwned } from '#platform/ownership/choose-owned.js';
import { holdKeys } from '#platform/ownership/guard-keys.js';
import type { Attempt, Attempts, Begun } from '../use-cases/payment-work.js';

/** Notes of what the provider was asked for, in the service's own schema. */
export function attemptsIn(database: Sequelize): Attempts<Guarded<'payments'>> {
  return {
    begin: (attempt, transaction) => begin(database, attempt, transaction),
    finish: async (paymentId, token, transaction) => {
      const deleted = await database.query(
        'DELETE FROM provider_attempts WHERE payment_id = ? AND given_up = 0 AND touched_at = ?',
        { replacements: [paymentId, token], type: QueryTypes.BULKDELETE, transaction },
      );
      return deleted > 0;
    },
    drop: async (paymentId, transaction) => {
      await database.query('DELETE FROM provider_attempts WHERE payment_id = ?', {
        replacements: [paymentId],
        transaction,
      });
    },
    find: async (paymentId, transaction) => {
      const row = await find(database, paymentId, transaction);
      return row && { givenUp: row.given_up === 1 };
    },
    giveUp: async ({ paymentId, orderId }, transaction) => {
      await database.query(
        `INSERT INTO provider_attempts (payment_id, order_id, kind, given_up, touched_at)
         VALUES (?, ?, 'charge', 1, UTC_TIMESTAMP(3))
         ON DUPLICATE KEY UPDATE given_up = 1, touched_at = VALUES(touched_at)`,
        { replacements: [paymentId, orderId], transaction },
      );
    },
    claimAbandoned: (afterMs, limit) => claimAbandoned(database, afterMs, limit),
  };
}

interface AttemptRow {
  kind: Attempt['kind'];
  given_up: number;
  /** As the database writes it. */
  touched: string;
}

async function find(
  database: Sequelize,
  paymentId: string,
  transaction: Guarded<'payments'>,
): Promise<AttemptRow | undefined> {
  const [row] = await database.query<AttemptRow>(
    `SELECT kind, given_up, CAST(touched_at AS CHAR) AS touched FROM provider_attempts WHERE payment_id = ?`,
    { replacements: [paymentId], type: QueryTypes.SELECT, transaction },
  );
  return row;
}

async function begin(
  database: Sequelize,
  { paymentId, orderId, kind }: Attempt,
  transaction: Guarded<'payments'>,
): Promise<Begun> {
  // A note that is there is locked by this, and only touched if it is of the same kind and still open.
  const [, affected] = await database.query(
    `INSERT INTO provider_attempts (payment_id, order_id, kind, given_up, touched_at)
     VALUES (?, ?, ?, 0, UTC_TIMESTAMP(3))
     ON DUPLICATE KEY UPDATE
       touched_at = IF(kind = VALUES(kind) AND given_up = 0, VALUES(touched_at), touched_at)`,
    { replacements: [paymentId, orderId, kind], type: QueryTypes.INSERT, transaction },
  );
  const row = await find(database, paymentId, transaction);
  const token = row?.touched ?? '';
  if (row?.kind !== kind || row.given_up === 1) return { how: 'taken', token };
  return { how: affected === 1 ? 'new' : 'again', token };
}

async function claimAbandoned(database: Sequelize, afterMs: number, limit: number): Promise<Attempt[]> {
  const abandoned = await chooseOwned(
    database,
    'payments',
    (after: Candidate | undefined, page) => readAbandoned(database, afterMs, after, page),
    limit,
  );
  if (abandoned.length === 0) return [];
  const candidates = abandoned.map(({ key }) => key);
  return runTransaction(database, async (transaction) => {
    const held = await holdKeys('payments', candidates, transaction);
    return held.keys.size === 0 ? [] : claim(database, [...held.keys], afterMs, held.transaction);
  });
}

interface Candidate {
  key: string;
}

function readAbandoned(
  database: Sequelize,
  afterMs: number,
  after: Candidate | undefined,
  limit: number,
): Promise<Candidate[]> {
  return database.query<Candidate>(
    `SELECT payment_id AS \`key\` FROM provider_attempts
     WHERE touched_at < UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND AND payment_id > ?
     ORDER BY payment_id LIMIT ${limit}`,
    { replacements: [afterMs * 1000, after?.key ?? ''], type: QueryTypes.SELECT },
  );
}

async function claim(
  database: Sequelize,
  paymentIds: readonly string[],
  afterMs: number,
  transaction: Guarded<'payments'>,
): Promise<Attempt[]> {
  const found = await database.query<Attempt>(
    `SELECT payment_id AS paymentId, order_id AS orderId, kind FROM provider_attempts
     WHERE payment_id IN (?) AND touched_at < UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND FOR UPDATE SKIP LOCKED`,
    { replacements: [paymentIds, afterMs * 1000], type: QueryTypes.SELECT, transaction },
  );
  if (found.length === 0) return found;
  await database.query(
    `UPDATE provider_attempts SET touched_at = UTC_TIMESTAMP(3), given_up = IF(kind = 'charge', 1, given_up)
     WHERE payment_id IN (?)`,
    { replacements: [found.map(({ paymentId }) => paymentId)], transaction },
  );
  return found;
}
