import { DataTypes, type QueryInterface, QueryTypes, type Sequelize } from 'sequelize';
import { AppError } from '#platform/errors/app-error.js';
import type { Answer, RunWrite, Write } from '#platform/http/route.js';
import { problemDetails, statusOf } from '#platform/errors/problem-details.js';
import type { Guarded } from './guarded.js';
import { isDuplicate, isLocked } from './database-errors.js';
import { changeIn, selectIn } from './run-statement.js';

/** Name of the table that remembers the answers of one capability's writes. */
export function idempotencyTable(capability: string): `${string}_idempotency` {
  return `${capability}_idempotency`;
}

/** Creates that table; for migrations. The record belongs to the capability's data and moves with it. */
export async function createIdempotencyTable(schema: QueryInterface, capability: string): Promise<void> {
  await schema.createTable(
    idempotencyTable(capability),
    {
      idempotency_key: { type: 'VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin', primaryKey: true },
      request_hash: { type: 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin', allowNull: false },
      resource_key: { type: 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin', allowNull: false },
      status: { type: DataTypes.SMALLINT, allowNull: false },
      headers: { type: DataTypes.TEXT, allowNull: false },
      body: { type: DataTypes.TEXT('medium'), allowNull: false },
      created_at: { type: DataTypes.DATE(3), allowNull: false },
    },
    { charset: 'utf8mb4' },
  );
  await schema.addIndex(idempotencyTable(capability), ['created_at']);
}

/**
 * Makes a record's key that of the client together with the resource's; for migrations. A client that uses one key for
 * two resources, one owned by each side, must not make one row of both: each side owns its own.
 */
export async function keepKeysByResource(schema: QueryInterface, capability: string): Promise<void> {
  await schema.sequelize.query(
    `ALTER TABLE ${idempotencyTable(capability)}
     DROP PRIMARY KEY, ADD PRIMARY KEY (idempotency_key, resource_key)`,
  );
}

/**
 * Status of the answer of a handler that has only begun the work: whoever ends it gives the answer that is remembered
 * (`giveAnswer`). Until then its key is in progress. It never reaches a client.
 */
export const begun = 102;

/** Answers from this status on are failures: recorded, and never given again. */
const firstFailure = 500;

/** An answer, and whether it was given before. */
type Remembered = Answer & { replayed: boolean };

interface KeyRecord {
  request_hash: string;
  status: number;
  headers: string;
  body: string;
}

/**
 * Remembers answers under their clients' keys, in the transaction of the write itself: either both are
 * there after a crash or neither is.
 *
 * The record is inserted before the work and stays locked until the commit, so that a second request with
 * the same key sees at once that the first is still running. A refusal takes the transaction back and is kept in one of
 * its own: only refused writes pay for that, where a savepoint would cost every write.
 *
 * An answer of 5xx is recorded, but it is not the answer to the request: the same request is tried again under its key,
 * and another request is still refused.
 * @param runInTransaction begins the transaction that a write runs in, behind the guard of its capability
 */
export function rememberAnswers<Transaction extends Guarded<string>>(
  runInTransaction: <Result>(
    write: Write,
    work: (transaction: Transaction) => Promise<Result>,
  ) => Promise<Result>,
): RunWrite<Transaction> {
  async function once(
    write: Write,
    handle: (transaction: Transaction) => Promise<Answer>,
  ): Promise<Remembered> {
    return runInTransaction(write, async (transaction) => {
      const known = await claimKey(write, transaction);
      if (known && !mayTryAgain(write, known)) return replay(write, known);
      if (known) await reopenRecord(write, transaction);
      const answer = await handle(transaction);
      await completeRecord(write, answer, transaction);
      return { ...answer, replayed: false };
    });
  }

  return async (write, handle) => {
    if (write.idempotencyKey === undefined)
      return { ...(await runInTransaction(write, handle)), replayed: false };
    try {
      return await once(write, (transaction) => orRefusal(write, handle(transaction)));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // Another request with this key may have come first meanwhile: then its answer is the answer.
      return once(write, () => Promise.resolve(error.answer));
    }
  };
}

/**
 * Is an answer remembered under the key of this write? Then nothing is to be prepared for it outside the database. Where
 * one is being written just now, there is none yet, and a failed try left none.
 */
export async function isAnswered(
  database: Sequelize,
  { capability, idempotencyKey }: Pick<Write, 'capability' | 'idempotencyKey'>,
): Promise<boolean> {
  if (idempotencyKey === undefined) return false;
  const found = await database.query(
    `SELECT 1 FROM ${idempotencyTable(capability)} WHERE idempotency_key = ? AND status < ? LIMIT 1`,
    { replacements: [idempotencyKey, firstFailure], type: QueryTypes.SELECT },
  );
  return found.length > 0;
}

/**
 * Makes a key this write's own until the end of its transaction, unless there is a record under it.
 * @returns the record that was there
 * @throws AppError `request_in_progress` when another transaction holds the key; the database's error when the table
 *   stays locked
 */
async function claimKey(write: Write, transaction: Guarded<string>): Promise<KeyRecord | undefined> {
  try {
    return await claimAtOnce(write, transaction);
  } catch (error) {
    if (!isLocked(error)) throw error;
  }
  // MariaDB says the same of another request's row and of a backup that locks all tables: only the latter is worth waiting for.
  await waitForTable(write, transaction);
  try {
    return await claimAtOnce(write, transaction);
  } catch (error) {
    throw isLocked(error) ? stillRunning(error) : error;
  }
}

/** Waits until the table can be written to, without a lock on any row. */
async function waitForTable({ capability }: Write, transaction: Guarded<string>): Promise<void> {
  await selectIn(transaction, `SELECT 1 FROM ${idempotencyTable(capability)} WHERE FALSE FOR UPDATE`, []);
}

/**
 * One statement for both the look and the claim, since every write needs it.
 * @throws the database's error where the key or the table is locked
 */
async function claimAtOnce(write: Write, transaction: Guarded<string>): Promise<KeyRecord | undefined> {
  const table = idempotencyTable(write.capability);
  try {
    const claimed = await changeIn(
      transaction,
      `INSERT INTO ${table} (idempotency_key, request_hash, resource_key, status, headers, body, created_at)
       SELECT ?, ?, ?, 0, '', '', UTC_TIMESTAMP(3) FROM DUAL
       WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE idempotency_key = ? FOR UPDATE NOWAIT)`,
      [write.idempotencyKey, write.requestHash, write.resourceKey, write.idempotencyKey],
    );
    if (claimed === 1) return undefined;
  } catch (error) {
    // Somebody with the same key was faster by a hair, and has committed while our insert waited for them.
    if (!isDuplicate(error)) throw error;
  }
  return findRecord(write, transaction);
}

async function findRecord(write: Write, transaction: Guarded<string>): Promise<KeyRecord> {
  const records = await selectIn<KeyRecord>(
    transaction,
    `SELECT request_hash, status, headers, body FROM ${idempotencyTable(write.capability)}
     WHERE idempotency_key = ? FOR UPDATE NOWAIT`,
    [write.idempotencyKey],
  );
  const record = records.find(({ request_hash }) => request_hash === write.requestHash) ?? records[0];
  // It was forgotten between the two statements: the next try finds the key free.
  if (!record) throw stillRunning();
  return record;
}

/** What a request is told whose first copy has no answer yet. */
export function stillRunning(cause?: unknown): AppError {
  return new AppError(
    'request_in_progress',
    'A request with this Idempotency-Key is still running: try again',
    { cause, retryAfter: 1 },
  );
}

/** A failed try of the same request: its 5xx told the client to try again. */
function mayTryAgain({ requestHash }: Write, record: KeyRecord): boolean {
  return record.status >= firstFailure && record.request_hash === requestHash;
}

/** Makes the record of a failed try this write's own; inserts one where the failed try was of another resource. */
async function reopenRecord(write: Write, transaction: Guarded<string>): Promise<void> {
  await changeIn(
    transaction,
    `INSERT INTO ${idempotencyTable(write.capability)}
       (idempotency_key, request_hash, resource_key, status, headers, body, created_at)
     VALUES (?, ?, ?, 0, '', '', UTC_TIMESTAMP(3))
     ON DUPLICATE KEY UPDATE status = 0, created_at = VALUES(created_at)`,
    [write.idempotencyKey, write.requestHash, write.resourceKey],
  );
}

function replay(write: Write, record: KeyRecord): Remembered {
  if (record.request_hash !== write.requestHash) {
    throw new AppError(
      'idempotency_key_reused',
      'This Idempotency-Key was used for another request: use a new key for a new request',
    );
  }
  if (record.status === begun) throw stillRunning();
  return {
    status: record.status,
    headers: JSON.parse(record.headers) as Record<string, string>,
    body: JSON.parse(record.body),
    replayed: true,
  };
}

/** The write whose answer is remembered, as far as its record needs it. */
export interface RecordedWrite<Capability extends string = string> extends Pick<
  Write,
  'idempotencyKey' | 'resourceKey'
> {
  capability: Capability;
}

/**
 * Gives the answer of a write that was only begun, in the transaction that ends it. The first answer stays.
 * @returns false if there was one already, or nothing to remember it under
 */
export async function giveAnswer<Capability extends string>(
  write: RecordedWrite<Capability>,
  answer: Answer,
  transaction: Guarded<Capability>,
): Promise<boolean> {
  if (write.idempotencyKey === undefined) return false;
  return completeRecord(write, answer, transaction, begun);
}

/** Takes a transaction back whose write was refused, and says the answer that is to be kept. */
class Refusal extends Error {
  readonly answer: Answer;

  constructor(answer: Answer, cause: AppError) {
    super(cause.message, { cause });
    this.answer = answer;
  }
}

/** @throws Refusal where the error is an answer to remember; else the error */
async function orRefusal(write: Write, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof AppError) || statusOf(error) >= 500) throw error;
    // No answer at all: whoever owns the key, or is at it already, will give one.
    if (error.code === 'not_owner' || error.code === 'request_in_progress') throw error;
    throw new Refusal(
      {
        status: statusOf(error),
        body: problemDetails(error, write.path),
        headers: error.options.headers ?? {},
      },
      error,
    );
  }
}

async function completeRecord(
  write: RecordedWrite,
  answer: Answer,
  transaction: Guarded<string>,
  before = 0,
): Promise<boolean> {
  const changed = await changeIn(
    transaction,
    `UPDATE ${idempotencyTable(write.capability)} SET status = ?, headers = ?, body = ?
     WHERE idempotency_key = ? AND resource_key = ? AND status = ?`,
    [
      answer.status,
      JSON.stringify(answer.headers ?? {}),
      JSON.stringify(answer.body),
      write.idempotencyKey,
      write.resourceKey,
      before,
    ],
  );
  return changed === 1;
}
