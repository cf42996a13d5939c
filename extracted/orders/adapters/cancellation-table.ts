import { QueryTypes, type Sequelize } from 'sequelize';
import type { Guarded } from '#platform/database/guarded.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { chooseOwned } from '#platform/ownership/choose-owned.js';
import { holdKeys } from '#platform/ownership/guard-keys.js';
import type { Cancellations } from '../use-cases/order-work.js';

/** Notes of cancellations in the service's own schema. */
export function cancellationsIn(database: Sequelize): Cancellations {
  return {
    note: async ({ orderId, paymentId }, transaction) => {
      await database.query(
        `INSERT INTO order_cancellations (payment_id, order_id, touched_at) VALUES (?, ?, UTC_TIMESTAMP(3))
         ON DUPLICATE KEY UPDATE touched_at = VALUES(touched_at)`,
        { replacements: [paymentId, orderId], transaction },
      );
    },
    isNoted: async (orderId, transaction) => (await notesOf(database, orderId, transaction)).length > 0,
    // By their own key: a table that is next to empty is read from end to end, and a row that some other order's
    // cancellation has just noted would be waited for.
    drop: async (orderId, transaction) => {
      for (const { paymentId } of await notesOf(database, orderId, transaction)) {
        await database.query('DELETE FROM order_cancellations WHERE payment_id = ?', {
          replacements: [paymentId],
          transaction,
        });
      }
    },
    claimAbandoned: (ageMs, limit) => claimAbandoned(database, ageMs, limit),
  };
}

function notesOf(
  database: Sequelize,
  orderId: string,
  transaction: Guarded<'orders'>,
): Promise<{ paymentId: string }[]> {
  return database.query('SELECT payment_id AS paymentId FROM order_cancellations WHERE order_id = ?', {
    replacements: [orderId],
    type: QueryTypes.SELECT,
    transaction,
  });
}

interface Candidate {
  /** The order. */
  key: string;
  paymentId: string;
}

async function claimAbandoned(database: Sequelize, ageMs: number, limit: number): Promise<string[]> {
  const abandoned = await chooseOwned(
    database,
    'orders',
    (after: Candidate | undefined, page) => readAbandoned(database, ageMs, after, page),
    limit,
  );
  if (abandoned.length === 0) return [];
  return runTransaction(database, async (transaction) => {
    const orders = abandoned.map(({ key }) => key);
    const held = await holdKeys('orders', orders, transaction);
    return held.keys.size === 0 ? [] : claim(database, [...held.keys], ageMs, held.transaction);
  });
}

function readAbandoned(
  database: Sequelize,
  ageMs: number,
  after: Candidate | undefined,
  limit: number,
): Promise<Candidate[]> {
  return database.query<Candidate>(
    `SELECT order_id AS \`key\`, payment_id AS paymentId FROM order_cancellations
     WHERE touched_at < UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND AND payment_id > ?
     ORDER BY payment_id LIMIT ${limit}`,
    { replacements: [ageMs * 1000, after?.paymentId ?? ''], type: QueryTypes.SELECT },
  );
}

async function claim(
  database: Sequelize,
  orders: readonly string[],
  ageMs: number,
  transaction: Guarded<'orders'>,
): Promise<string[]> {
  const found = await database.query<{ orderId: string; paymentId: string }>(
    `SELECT payment_id AS paymentId, order_id AS orderId FROM order_cancellations
     WHERE order_id IN (?) AND touched_at < UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND FOR UPDATE SKIP LOCKED`,
    { replacements: [orders, ageMs * 1000], type: QueryTypes.SELECT, transaction },
  );
  if (found.length === 0) return [];
  await database.query(
    'UPDATE order_cancellations SET touched_at = UTC_TIMESTAMP(3) WHERE payment_id IN (?)',
    { replacements: [found.map(({ paymentId }) => paymentId)], transaction },
  );
  return [...new Set(found.map(({ orderId }) => orderId))];
}
