import { QueryTypes, type Sequelize } from 'sequelize';
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
    isNoted: async (orderId, transaction) => {
      const found = await database.query('SELECT 1 FROM order_cancellations WHERE order_id = ?', {
        replacements: [orderId],
        type: QueryTypes.SELECT,
        transaction,
      });
      return found.length > 0;
    },
    drop: async (orderId, transaction) => {
      await database.query('DELETE FROM order_cancellations WHERE order_id = ?', {
        replacements: [orderId],
        transaction,
      });
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
