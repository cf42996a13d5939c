import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import type { Guarded } from '#platform/database/guarded.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { chooseOwned } from '#platform/ownership/choose-owned.js';
import { guardKeyBeside } from '#platform/ownership/guard-beside.js';
import { holdKeys } from '#platform/ownership/guard-keys.js';

/** A cancelled order's payment on its way back. */
export interface Cancellation {
  paymentId: string;
  orderId: string;
}

/**
 * Notes that an order's cancellation is about to ask for its payment back, beside the caller's transaction. The note is
 * the order's, not the payment's: whoever owns the order cancels it, wherever the payment is.
 * @returns true if it was noted before
 * @throws AppError `not_owner` of the order; a deadlock when a hand-over waits for the caller
 */
export function noteCancellation(own: Sequelize, { paymentId, orderId }: Cancellation): Promise<boolean> {
  return own.transaction(async (begun) => {
    const transaction = await guardKeyBeside(own, 'orders', orderId, begun);
    const [, affected] = await own.query(
      `INSERT INTO order_cancellations (payment_id, order_id, touched_at) VALUES (?, ?, UTC_TIMESTAMP(3))
       ON DUPLICATE KEY UPDATE touched_at = VALUES(touched_at)`,
      { replacements: [paymentId, orderId], type: QueryTypes.INSERT, transaction },
    );
    return affected !== 1;
  });
}

/** Takes the note back, beside the caller's transaction, when nothing was asked for. */
export async function dropCancellation(own: Sequelize, { paymentId, orderId }: Cancellation): Promise<void> {
  await own.transaction(async (transaction) => {
    await endCancellation(own, paymentId, await guardKeyBeside(own, 'orders', orderId, transaction));
  });
}

/** Takes the note back in the transaction that cancels the order. */
export async function endCancellation(
  database: Sequelize,
  paymentId: string,
  transaction: Guarded<'orders'>,
): Promise<void> {
  await database.query('DELETE FROM order_cancellations WHERE payment_id = ?', {
    replacements: [paymentId],
    transaction,
  });
}

/** Takes the note of an order back in the transaction that finds it cancelled, whichever payment it was about. */
export async function endCancellationOf(
  database: Sequelize,
  orderId: string,
  transaction: Guarded<'orders'>,
): Promise<void> {
  const notes = await database.query<{ paymentId: string }>(
    'SELECT payment_id AS paymentId FROM order_cancellations WHERE order_id = ?',
    { replacements: [orderId], type: QueryTypes.SELECT, transaction },
  );
  // By their own key: a table that is next to empty is read from end to end, and notes of others would be waited for.
  for (const { paymentId } of notes) await endCancellation(database, paymentId, transaction);
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

/**
 * Takes cancellations that nobody has touched for a while, of orders that this side owns; other instances pass over them
 * for as long again.
 */
export async function claimCancellations(
  database: Sequelize,
  afterMs: number,
  limit: number,
): Promise<Cancellation[]> {
  const abandoned = await chooseOwned(
    database,
    'orders',
    (after: Candidate | undefined, page) => readAbandoned(database, afterMs, after, page),
    limit,
  );
  if (abandoned.length === 0) return [];
  return runTransaction(database, async (transaction) => {
    const orders = abandoned.map(({ key }) => key);
    const held = await holdKeys('orders', orders, transaction);
    return held.keys.size === 0 ? [] : claim(database, [...held.keys], afterMs, held.transaction);
  });
}

interface Candidate {
  /** The order. */
  key: string;
  paymentId: string;
}

function readAbandoned(
  database: Sequelize,
  afterMs: number,
  after: Candidate | undefined,
  limit: number,
): Promise<Candidate[]> {
  return database.query<Candidate>(
    `SELECT order_id AS \`key\`, payment_id AS paymentId FROM order_cancellations
     WHERE touched_at < UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND AND payment_id > ?
     ORDER BY payment_id LIMIT ${limit}`,
    { replacements: [afterMs * 1000, after?.paymentId ?? ''], type: QueryTypes.SELECT },
  );
}

async function claim(
  database: Sequelize,
  orders: readonly string[],
  afterMs: number,
  transaction: Guarded<'orders'>,
): Promise<Cancellation[]> {
  const found = await database.query<Cancellation>(
    `SELECT payment_id AS paymentId, order_id AS orderId FROM order_cancellations
     WHERE order_id IN (?) AND touched_at < UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND FOR UPDATE SKIP LOCKED`,
    { replacements: [orders, afterMs * 1000], type: QueryTypes.SELECT, transaction },
  );
  if (found.length === 0) return found;
  await database.query(
    'UPDATE order_cancellations SET touched_at = UTC_TIMESTAMP(3) WHERE payment_id IN (?)',
    { replacements: [found.map(({ paymentId }) => paymentId)], transaction },
  );
  return found;
}
