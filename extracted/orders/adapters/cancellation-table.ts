import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
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
    abandoned: async (ageMs, limit) => {
      const found = await database.query<{ orderId: string }>(
        `SELECT order_id AS orderId FROM order_cancellations
         WHERE touched_at < UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND ORDER BY touched_at LIMIT ?`,
        { replacements: [ageMs * 1000, limit], type: QueryTypes.SELECT },
      );
      return found.map(({ orderId }) => orderId);
    },
  };
}

function notesOf(
  database: Sequelize,
  orderId: string,
  transaction: Transaction,
): Promise<{ paymentId: string }[]> {
  return database.query('SELECT payment_id AS paymentId FROM order_cancellations WHERE order_id = ?', {
    replacements: [orderId],
    type: QueryTypes.SELECT,
    transaction,
  });
}
