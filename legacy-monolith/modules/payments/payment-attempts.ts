import { QueryTypes, type Sequelize, type Transaction, UniqueConstraintError } from 'sequelize';

/** What the provider is asked for; a cancellation is a refund that cancels its order too. */
export type AttemptKind = 'charge' | 'refund' | 'cancellation';

export interface Attempt {
  paymentId: string;
  orderId: string;
  kind: AttemptKind;
}

/** `taken`: recovery has given this charge up, or something else is being done to the payment. */
export type Begun = 'new' | 'again' | 'taken';

/**
 * Notes what the provider is about to be asked for, before it is asked and beside the caller's transaction:
 * whatever happens to that, recovery finds the note.
 * @param own connections of its own: a caller holds one already, and must not wait for a second of the same pool
 * @param mayReplace kind of an older note that this one takes the place of
 */
export async function beginAttempt(
  own: Sequelize,
  { paymentId, orderId, kind }: Attempt,
  mayReplace: AttemptKind = kind,
): Promise<Begun> {
  try {
    await own.query(
      `INSERT INTO payment_attempts (payment_id, order_id, kind, state, touched_at)
       VALUES (?, ?, ?, 'open', UTC_TIMESTAMP(3))`,
      { replacements: [paymentId, orderId, kind] },
    );
    return 'new';
  } catch (error) {
    if (!(error instanceof UniqueConstraintError)) throw error;
  }
  const [, updated] = await own.query(
    `UPDATE payment_attempts SET kind = ?, touched_at = UTC_TIMESTAMP(3)
     WHERE payment_id = ? AND kind IN (?, ?) AND state = 'open'`,
    { replacements: [kind, paymentId, kind, mayReplace], type: QueryTypes.UPDATE },
  );
  return updated > 0 ? 'again' : 'taken';
}

/** Takes a note back whose question was never put to the provider. */
export async function dropAttempt(own: Sequelize, paymentId: string): Promise<void> {
  await own.query('DELETE FROM payment_attempts WHERE payment_id = ?', { replacements: [paymentId] });
}

/**
 * Ends an attempt in the transaction that writes down its outcome.
 * @returns false when recovery has given the charge up in the meantime: its outcome must not be written down
 */
export async function finishAttempt(
  database: Sequelize,
  paymentId: string,
  transaction: Transaction,
): Promise<boolean> {
  const deleted = await database.query(
    "DELETE FROM payment_attempts WHERE payment_id = ? AND state = 'open'",
    { replacements: [paymentId], type: QueryTypes.BULKDELETE, transaction },
  );
  return deleted > 0;
}

/** Is the order of this payment being cancelled, by a request that has not ended yet? */
export async function hasCancellation(
  database: Sequelize,
  paymentId: string,
  transaction: Transaction,
): Promise<boolean> {
  const found = await database.query(
    "SELECT 1 FROM payment_attempts WHERE payment_id = ? AND kind = 'cancellation'",
    { replacements: [paymentId], type: QueryTypes.SELECT, transaction },
  );
  return found.length > 0;
}

/**
 * Takes attempts that nobody has touched for a while, for this instance to settle; other instances pass over
 * them for as long again. A charge is given up for good by that: its transaction, should it still live, will notice.
 */
export function claimAbandoned(database: Sequelize, afterMs: number, limit: number): Promise<Attempt[]> {
  return database.transaction(async (transaction) => {
    const found = await database.query<Attempt>(
      `SELECT payment_id AS paymentId, order_id AS orderId, kind FROM payment_attempts
       WHERE touched_at < UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND
       ORDER BY touched_at LIMIT ? FOR UPDATE SKIP LOCKED`,
      { replacements: [afterMs * 1000, limit], type: QueryTypes.SELECT, transaction },
    );
    if (found.length === 0) return found;
    await database.query(
      `UPDATE payment_attempts SET touched_at = UTC_TIMESTAMP(3), state = IF(kind = 'charge', 'abandoned', state)
       WHERE payment_id IN (?)`,
      { replacements: [found.map(({ paymentId }) => paymentId)], transaction },
    );
    return found;
  });
}
