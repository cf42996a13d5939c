import { QueryTypes, type Sequelize, type Transaction, UniqueConstraintError } from 'sequelize';
import type { Guarded } from '#platform/database/guarded.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { chooseOwned } from '#platform/ownership/choose-owned.js';
import { guardKeyBeside } from '#platform/ownership/guard-beside.js';
import { guardKeys, holdKeys } from '#platform/ownership/guard-keys.js';

/** What the provider is asked for. */
export type AttemptKind = 'charge' | 'refund';

export interface Attempt {
  paymentId: string;
  orderId: string;
  kind: AttemptKind;
}

/** `taken`: recovery has given this charge up, or something else is being done to the payment. */
export type Begun = 'new' | 'again' | 'taken';

/**
 * Notes what the provider is about to be asked for, before it is asked and beside the caller's transaction:
 * whatever happens to that, recovery finds the note, on this side or on the one that owns the payment by then.
 * @param own connections of its own: a caller holds one already, and must not wait for a second of the same pool
 * @throws AppError `not_owner`; a deadlock when a hand-over waits for the caller
 */
export function beginAttempt(own: Sequelize, attempt: Attempt): Promise<Begun> {
  return own.transaction(async (begun) => {
    const transaction = await guardKeyBeside(own, 'payments', attempt.paymentId, begun);
    if (await insertAttempt(own, attempt, transaction)) return 'new';
    const [, updated] = await own.query(
      `UPDATE payment_attempts SET touched_at = UTC_TIMESTAMP(3)
       WHERE payment_id = ? AND kind = ? AND state = 'open'`,
      { replacements: [attempt.paymentId, attempt.kind], type: QueryTypes.UPDATE, transaction },
    );
    return updated > 0 ? 'again' : 'taken';
  });
}

async function insertAttempt(
  own: Sequelize,
  { paymentId, orderId, kind }: Attempt,
  transaction: Guarded<'payments'>,
): Promise<boolean> {
  try {
    await own.query(
      `INSERT INTO payment_attempts (payment_id, order_id, kind, state, touched_at)
       VALUES (?, ?, ?, 'open', UTC_TIMESTAMP(3))`,
      { replacements: [paymentId, orderId, kind], transaction },
    );
    return true;
  } catch (error) {
    if (error instanceof UniqueConstraintError) return false;
    throw error;
  }
}

/** From now on nobody writes this charge down as captured, on whichever side, whatever the provider says. */
export async function giveUpAttempt(
  database: Sequelize,
  { paymentId, orderId }: Omit<Attempt, 'kind'>,
  transaction: Guarded<'payments'>,
): Promise<void> {
  await database.query(
    `INSERT INTO payment_attempts (payment_id, order_id, kind, state, touched_at)
     VALUES (?, ?, 'charge', 'abandoned', UTC_TIMESTAMP(3))
     ON DUPLICATE KEY UPDATE state = 'abandoned', touched_at = VALUES(touched_at)`,
    { replacements: [paymentId, orderId], transaction },
  );
}

/** Is the provider about to be asked for something, or was it without a written outcome? */
export async function findAttempt(
  database: Sequelize,
  paymentId: string,
  transaction: Transaction,
): Promise<{ state: 'open' | 'abandoned' } | undefined> {
  const [attempt] = await database.query<{ state: 'open' | 'abandoned' }>(
    'SELECT state FROM payment_attempts WHERE payment_id = ?',
    { replacements: [paymentId], type: QueryTypes.SELECT, transaction },
  );
  return attempt;
}

/** Takes a note back whose question was never put to the provider, beside the caller's transaction. */
export async function dropAttempt(own: Sequelize, paymentId: string): Promise<void> {
  await own.transaction(async (transaction) => {
    await deleteAttempt(own, paymentId, await guardKeyBeside(own, 'payments', paymentId, transaction));
  });
}

/** Ends an attempt that recovery has settled. @throws AppError `not_owner`: whoever owns it will settle it again */
export async function endAttempt(database: Sequelize, paymentId: string): Promise<void> {
  await runTransaction(database, async (transaction) => {
    const guarded = await guardKeys(database, 'payments', [paymentId], transaction);
    await deleteAttempt(database, paymentId, guarded);
  });
}

async function deleteAttempt(
  database: Sequelize,
  paymentId: string,
  transaction: Guarded<'payments'>,
): Promise<void> {
  await database.query('DELETE FROM payment_attempts WHERE payment_id = ?', {
    replacements: [paymentId],
    transaction,
  });
}

/**
 * Ends an attempt in the transaction that writes down its outcome.
 * @returns false when recovery has given the charge up in the meantime: its outcome must not be written down
 */
export async function finishAttempt(
  database: Sequelize,
  paymentId: string,
  transaction: Guarded<'payments'>,
): Promise<boolean> {
  const deleted = await database.query(
    "DELETE FROM payment_attempts WHERE payment_id = ? AND state = 'open'",
    { replacements: [paymentId], type: QueryTypes.BULKDELETE, transaction },
  );
  return deleted > 0;
}

/**
 * Takes attempts that nobody has touched for a while, for this instance to settle; other instances pass over
 * them for as long again. A charge is given up for good by that: its transaction, should it still live, will notice,
 * and so will the other side, should it own the payment by then.
 */
export async function claimAbandoned(
  database: Sequelize,
  afterMs: number,
  limit: number,
): Promise<Attempt[]> {
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
    `SELECT payment_id AS \`key\` FROM payment_attempts
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
    `SELECT payment_id AS paymentId, order_id AS orderId, kind FROM payment_attempts
     WHERE payment_id IN (?) AND touched_at < UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND FOR UPDATE SKIP LOCKED`,
    { replacements: [paymentIds, afterMs * 1000], type: QueryTypes.SELECT, transaction },
  );
  if (found.length === 0) return found;
  await database.query(
    `UPDATE payment_attempts SET touched_at = UTC_TIMESTAMP(3), state = IF(kind = 'charge', 'abandoned', state)
     WHERE payment_id IN (?)`,
    { replacements: [found.map(({ paymentId }) => paymentId)], transaction },
  );
  return found;
}
