import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { isSealed, type KeyRing } from '#platform/crypto/key-ring.js';
import { type Calls, hasEnded, type SagaStatus } from './saga-state.js';
import type { SagaReason } from './saga.js';

/** A saga as it is stored. */
export interface StoredSaga {
  sagaId: string;
  saga: string;
  /** What it works on, alone; null once it has ended. */
  subject: string | null;
  status: SagaStatus;
  /** Name of the step to be taken or compensated next. */
  step: string;
  calls: Calls;
  failures: number;
  since: number;
  reason: SagaReason | null;
  lastError: string | null;
  data: unknown;
  revision: number;
}

/** A saga that does not get on: for people to look at. */
export interface StuckSaga extends Omit<StoredSaga, 'data' | 'calls' | 'revision' | 'since'> {
  createdAt: Date;
  nextAttemptAt: Date;
}

/** How long a writing keeps the saga for its writer, and until when nobody takes it up; both in milliseconds. */
export interface Hold {
  leaseMs: number;
  delayMs: number;
}

/** Where sagas are kept. Each writing names the revision that it follows, and says whether it still was the last. */
export interface SagaStore {
  /** Writes its first state; from its commit on it is held by its writer for `leaseMs`. */
  begin(saga: StoredSaga, leaseMs: number, transaction: Transaction): Promise<void>;
  find(sagaId: string, transaction?: Transaction): Promise<StoredSaga | undefined>;
  /** The saga that works on a subject, if one does. */
  findBySubject(subject: string, transaction: Transaction): Promise<StoredSaga | undefined>;
  /** Takes a saga that nobody holds and whose time has come. */
  claim(saga: StoredSaga, leaseMs: number): Promise<boolean>;
  /** Locks its row until the transaction ends. @returns false if somebody has written since */
  lock(saga: StoredSaga, transaction: Transaction): Promise<boolean>;
  /** Writes what follows `saga.revision`; it goes on being held for `leaseMs`, or not at all if that is 0. */
  save(saga: StoredSaga, hold: Hold, transaction?: Transaction): Promise<boolean>;
  /** Ids of sagas that somebody should take up now, the longest waiting first. */
  due(limit: number): Promise<string[]>;
  stuck(failures: number, limit: number): Promise<StuckSaga[]>;
  /** Forgets sagas that ended before so many milliseconds, in pieces, until none is left or the signal asks to end. */
  forgetEnded(ageMs: number, ending?: AbortSignal): Promise<void>;
}

const now = 'UTC_TIMESTAMP(3)';
const later = `${now} + INTERVAL ? MICROSECOND`;
const open = "status IN ('running', 'compensating')";
/** Rows that a clean-up changes at once: few enough that no lock is held for long. */
const piece = 1_000;
const free = `not_before <= ${now} AND (leased_until IS NULL OR leased_until <= ${now})`;

/**
 * Sagas in the table that `createSagaTables` makes; leases and delays by the database's clock, the same for all.
 * @param keys what a saga knows, such as a card's token, is sealed by them: in the table, its backups, and the binary log
 */
export function sagasIn(database: Sequelize, keys: KeyRing): SagaStore {
  const read = (row: SagaRow) => fromRow(row, keys);

  const select = async (where: string, replacements: unknown[], transaction?: Transaction) => {
    const sql = `SELECT * FROM sagas WHERE ${where}`;
    return database.query<SagaRow>(sql, {
      replacements,
      type: QueryTypes.SELECT,
      ...(transaction ? { transaction } : {}),
    });
  };
  const update = async (sql: string, replacements: unknown[], transaction?: Transaction) => {
    const [, changed] = await database.query(sql, {
      replacements,
      type: QueryTypes.UPDATE,
      ...(transaction ? { transaction } : {}),
    });
    return changed === 1;
  };

  return {
    begin: async (saga, leaseMs, transaction) => {
      const { sagaId, revision } = saga;
      await database.query(
        `INSERT INTO sagas (${columns.join(', ')}, saga_id, saga, revision, leased_until, not_before,
           created_at, updated_at)
         VALUES (${columns.map(() => '?').join(', ')}, ?, ?, ?, ${later}, ${now}, ${now}, ${now})`,
        {
          replacements: [...valuesOf(saga, keys), sagaId, saga.saga, revision, leaseMs * 1000],
          transaction,
        },
      );
    },
    find: async (sagaId, transaction) => (await select('saga_id = ?', [sagaId], transaction)).map(read)[0],
    findBySubject: async (subject, transaction) =>
      (await select('subject = ?', [subject], transaction)).map(read)[0],
    claim: ({ sagaId, revision }, leaseMs) =>
      update(
        `UPDATE sagas SET revision = revision + 1, leased_until = ${later}
         WHERE saga_id = ? AND revision = ? AND ${open} AND ${free}`,
        [leaseMs * 1000, sagaId, revision],
      ),
    lock: async ({ sagaId, revision }, transaction) =>
      (await select('saga_id = ? AND revision = ? FOR UPDATE', [sagaId, revision], transaction)).length === 1,
    save: (saga, { leaseMs, delayMs }, transaction) =>
      update(
        `UPDATE sagas SET ${columns.map((name) => `${name} = ?`).join(', ')}, revision = revision + 1,
           not_before = ${later}, leased_until = ${leaseMs > 0 ? later : 'NULL'}, updated_at = ${now},
           ended_at = ${hasEnded(saga) ? now : 'NULL'}
         WHERE saga_id = ? AND revision = ?`,
        [
          ...valuesOf(saga, keys),
          delayMs * 1000,
          ...(leaseMs > 0 ? [leaseMs * 1000] : []),
          saga.sagaId,
          saga.revision,
        ],
        transaction,
      ),
    due: async (limit) =>
      (await select(`${open} AND ${free} ORDER BY not_before LIMIT ?`, [limit])).map((row) => row.saga_id),
    stuck: async (failures, limit) =>
      (await select(`${open} AND failures >= ? ORDER BY created_at LIMIT ?`, [failures, limit])).map(toStuck),
    forgetEnded: async (ageMs, ending) => {
      await noteEnds(database, ending);
      await inPieces(ending, () =>
        database.query(
          `DELETE FROM sagas WHERE ended_at < ${now} - INTERVAL ? MICROSECOND ORDER BY ended_at LIMIT ${piece}`,
          { replacements: [ageMs * 1000], type: QueryTypes.BULKDELETE },
        ),
      );
    },
  };
}

/**
 * Notes the end of sagas whose row says that they have ended, but not when: those that ended before the column was there,
 * or under an older instance that does not know it. What has no end is read by index, and is little but for the first time.
 */
async function noteEnds(database: Sequelize, ending?: AbortSignal): Promise<void> {
  await inPieces(ending, async () => {
    const rows = await database.query<{ saga_id: string }>(
      `SELECT saga_id FROM sagas WHERE ended_at IS NULL AND NOT ${open} LIMIT ${piece}`,
      { type: QueryTypes.SELECT },
    );
    if (rows.length > 0)
      await database.query('UPDATE sagas SET ended_at = updated_at WHERE saga_id IN (?)', {
        replacements: [rows.map(({ saga_id }) => saga_id)],
      });
    return rows.length;
  });
}

/** Repeats work until a turn of it has changed less than a piece, or the signal asks to end. */
async function inPieces(ending: AbortSignal | undefined, work: () => Promise<number>): Promise<void> {
  let changed = piece;
  while (changed === piece && ending?.aborted !== true) changed = await work();
}

interface SagaRow {
  saga_id: string;
  saga: string;
  subject: string | null;
  status: SagaStatus;
  step: string;
  calls: Calls;
  failures: number;
  since: number;
  reason: string | null;
  last_error: string | null;
  data: string;
  revision: number;
  not_before: Date;
  created_at: Date;
}

/** What every writing sets, in the order of `valuesOf`. */
const columns = ['subject', 'status', 'step', 'calls', 'failures', 'since', 'reason', 'last_error', 'data'];

function valuesOf(saga: StoredSaga, keys: KeyRing): unknown[] {
  const { subject, status, step, calls, failures, since, reason, lastError, data } = saga;
  return [
    ...[subject, status, step, calls, failures, since],
    ...[reason && JSON.stringify(reason), lastError, keys.seal(JSON.stringify(data), sealedFor(saga))],
  ];
}

function fromRow(row: SagaRow, keys: KeyRing): StoredSaga {
  // Of an older version; sealed by its next writing.
  const data = isSealed(row.data) ? keys.open(row.data, sealedFor({ sagaId: row.saga_id })) : row.data;
  return { ...stateOf(row), data: JSON.parse(data) };
}

function stateOf(row: SagaRow): Omit<StoredSaga, 'data'> {
  const { saga, subject, status, step, calls, failures, revision } = row;
  return {
    ...{ sagaId: row.saga_id, saga, subject, status, step, calls, failures, revision },
    since: Number(row.since),
    reason: row.reason === null ? null : (JSON.parse(row.reason) as SagaReason),
    lastError: row.last_error,
  };
}

/** Data that were copied to another saga's row do not open there. */
export function sealedFor({ sagaId }: Pick<StoredSaga, 'sagaId'>): string {
  return `saga ${sagaId}`;
}

function toStuck(row: SagaRow): StuckSaga {
  const { calls: _calls, revision: _revision, since: _since, ...saga } = stateOf(row);
  return { ...saga, createdAt: row.created_at, nextAttemptAt: row.not_before };
}
