import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';

/** A cancelled order's payment on its way back. */
export interface Cancellation {
  paymentId: string;
  orderId: string;
}

/**
 * Notes that an order's cancellation is about to ask for its payment back, beside the caller's transaction. The note is
 * the order's, not the payment's: whoever owns the payment, here the order is cancelled.
 * @returns true if it was noted before
 */
export async function noteCancellation(
  own: Sequelize,
  { paymentId, orderId }: Cancellation,
): Promise<boolean> {
  const [, affected] = await own.query(
    `INSERT INTO order_cancellations (payment_id, order_id, touched_at) VALUES (?, ?, UTC_TIMESTAMP(3))
     ON DUPLICATE KEY UPDATE touched_at = VALUES(touched_at)`,
    { replacements: [paymentId, orderId], type: QueryTypes.INSERT },
  );
  return affected !== 1;
}

/** Takes the note back: in the transaction that cancels the order, or beside it when nothing was asked for. */
export async function dropCancellation(
  database: Sequelize,
  paymentId: string,
  transaction: Transaction | null = null,
): Promise<void> {
  await database.query('DELETE FROM order_cancellations WHERE payment_id = ?', {
    replacements: [paymentId],
    transaction,
  });
}

/** Is the order of this payment being cancelled, by a request that has not ended yet? */
export async function hasCancellation(
  database: Sequelize,
  paymentId: string,
  transaction: Transaction,
): Promise<boolean> {
  const found = await database.query('SELECT 1 FROM order_cancellations WHERE payment_id = ?', {
    replacements: [paymentId],
    type: QueryTypes.SELECT,
    transaction,
  });
  return found.length > 0;
}

/** Takes cancellations that nobody has touched for a while; other instances pass over them for as long again. */
export function claimCancellations(
  database: Sequelize,
  afterMs: number,
  limit: number,
): Promise<Cancellation[]> {
  return database.transaction(async (transaction) => {
    const found = await database.query<Cancellation>(
      `SELECT payment_id AS paymentId, order_id AS orderId FROM order_cancellations
       WHERE touched_at < UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND
       ORDER BY touched_at LIMIT ? FOR UPDATE SKIP LOCKED`,
      { replacements: [afterMs * 1000, limit], type: QueryTypes.SELECT, transaction },
    );
    if (found.length === 0) return found;
    await database.query(
      'UPDATE order_cancellations SET touched_at = UTC_TIMESTAMP(3) WHERE payment_id IN (?)',
      { replacements: [found.map(({ paymentId }) => paymentId)], transaction },
    );
    return found;
  });
}
