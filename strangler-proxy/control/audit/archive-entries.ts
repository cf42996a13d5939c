import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { auditEntriesKept, auditEntryDays, auditPieceDays } from '#contracts/strangler/retention.js';
import { type Leader, write } from '../fence/fence.js';
import { sqlInstant } from '../fence/sql-instant.js';
import { appendEntry, storedEntry } from './append-entry.js';
import { type ChainPlace, makePiece, storedPiece } from './piece.js';

/** What is archived, and when. */
export interface ArchiveLimits {
  /** Days after which an entry must be in a piece. */
  days: number;
  /** Entries that stand one by one at most. */
  entries: number;
  /** Entries of a piece at most. */
  perPiece: number;
  /** Days that a piece is kept. */
  pieceDays: number;
}

/** A piece is read and written as a whole, and stays far below what a database takes in one statement. */
const usual: ArchiveLimits = {
  ...{ days: auditEntryDays, entries: auditEntriesKept, perPiece: 2_000, pieceDays: auditPieceDays },
};

/**
 * Moves old entries of the audit into pieces, and removes pieces that are too old, until nothing is left to do. Each piece in
 * one transaction, in which nobody appends: entries are in the table or in a piece, never in both or in none.
 * @throws AppError `deposed`
 */
export async function archiveEntries(leader: Leader, limits: ArchiveLimits = usual): Promise<void> {
  while (await write(leader, (transaction) => archivePiece(leader.database, limits, transaction)));
  while (await write(leader, (transaction) => removePiece(leader.database, limits, transaction)));
}

/** @returns whether there was enough for a piece */
async function archivePiece(
  database: Sequelize,
  limits: ArchiveLimits,
  transaction: Transaction,
): Promise<boolean> {
  const head = await lockArchive(database, transaction);
  const last = (await lastPiece(database, transaction)) ?? head;
  const upTo = await lastToArchive(database, limits, transaction);
  if (upTo === undefined) return false;
  const rows = await database.query('SELECT * FROM audit_entry WHERE id <= ? ORDER BY id LIMIT ?', {
    replacements: [upTo, limits.perPiece],
    ...{ type: QueryTypes.SELECT, transaction },
  });
  const piece = await makePiece(
    last,
    rows.map((row) => storedEntry.parse(row)),
  );
  await database.query(
    `INSERT INTO audit_piece
       (number, first_id, last_id, last_hash, newest_at, previous_hash, hash, content)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    {
      replacements: [
        ...[piece.number, piece.first_id, piece.last_id, piece.last_hash, sqlInstant(piece.newest_at)],
        ...[piece.previous_hash, piece.hash, piece.content],
      ],
      transaction,
    },
  );
  await database.query('DELETE FROM audit_entry WHERE id <= ?', {
    replacements: [piece.last_id],
    transaction,
  });
  return true;
}

/**
 * The newest entry that goes into a piece now; undefined where none has to. Once one has to, those go with it that are half as
 * old, so that pieces are few.
 */
async function lastToArchive(
  database: Sequelize,
  { days, entries }: ArchiveLimits,
  transaction: Transaction,
): Promise<number | undefined> {
  const [found] = await database.query<{ oldest: number | null; newest: number | null; late: number | null }>(
    `SELECT MIN(id) AS oldest, MAX(id) AS newest,
       (SELECT at < UTC_TIMESTAMP(3) - INTERVAL ? DAY FROM audit_entry ORDER BY id LIMIT 1) AS late
     FROM audit_entry`,
    { replacements: [days], type: QueryTypes.SELECT, transaction },
  );
  if (found?.oldest == null || found.newest == null) return undefined;
  const tooMany = found.newest - found.oldest >= entries ? found.newest - Math.ceil(entries / 2) : undefined;
  if (found.late !== 1) return tooMany;
  const [half] = await database.query<{ id: number }>(
    `SELECT MAX(id) AS id FROM audit_entry WHERE at < UTC_TIMESTAMP(3) - INTERVAL ? DAY`,
    { replacements: [Math.ceil(days / 2)], type: QueryTypes.SELECT, transaction },
  );
  return Math.max(half?.id ?? found.oldest, tooMany ?? 0);
}

/** Removes the oldest piece if it is too old, and says so in the audit. @returns whether it was */
async function removePiece(
  database: Sequelize,
  { pieceDays }: ArchiveLimits,
  transaction: Transaction,
): Promise<boolean> {
  await lockArchive(database, transaction);
  const [row] = await database.query(
    `SELECT number, first_id, last_id, last_hash, newest_at, previous_hash, hash FROM audit_piece
     WHERE newest_at < UTC_TIMESTAMP(3) - INTERVAL ? DAY ORDER BY number LIMIT 1`,
    { replacements: [pieceDays], type: QueryTypes.SELECT, transaction },
  );
  if (!row) return false;
  const piece = storedPiece.parse(row);
  await database.query('DELETE FROM audit_piece WHERE number = ?', {
    replacements: [piece.number],
    transaction,
  });
  await database.query(
    'UPDATE audit_head SET first_piece = ?, first_piece_hash = ?, first_id = ?, first_hash = ? WHERE id = 1',
    { replacements: [piece.number + 1, piece.hash, piece.last_id + 1, piece.last_hash], transaction },
  );
  const { number, first_id: from, last_id: to, hash } = piece;
  await appendEntry(
    database,
    {
      ...{ who: 'control plane', action: 'remove a piece of the audit', capability: null, outcome: 'done' },
      ...{
        reason: `it is older than ${pieceDays} days`,
        before: { piece: number, from, to, hash },
        after: null,
      },
    },
    transaction,
  );
  return true;
}

/** Nobody appends, and nobody else archives, until the transaction ends. @returns where the archive begins */
async function lockArchive(database: Sequelize, transaction: Transaction): Promise<ChainPlace> {
  const place = await archiveStart(database, transaction, 'FOR UPDATE');
  if (!place) throw new Error('the head of the audit is gone: somebody has removed it from the database');
  return place;
}

/** What the oldest piece that is left follows, or the oldest entry where there is no piece. */
export async function archiveStart(
  database: Sequelize,
  transaction: Transaction | null = null,
  lock = '',
): Promise<ChainPlace | undefined> {
  const [head] = await database.query<{ piece: number; pieceHash: string; id: number; hash: string }>(
    `SELECT first_piece - 1 AS piece, first_piece_hash AS pieceHash, first_id - 1 AS id, first_hash AS hash
     FROM audit_head WHERE id = 1 ${lock}`,
    { type: QueryTypes.SELECT, transaction },
  );
  return head && { ...head, piece: Number(head.piece), id: Number(head.id) };
}

async function lastPiece(
  database: Sequelize,
  transaction: Transaction,
): Promise<Pick<ChainPlace, 'piece' | 'pieceHash'> | undefined> {
  const [last] = await database.query<{ piece: number; pieceHash: string }>(
    'SELECT number AS piece, hash AS pieceHash FROM audit_piece ORDER BY number DESC LIMIT 1',
    { type: QueryTypes.SELECT, transaction },
  );
  return last;
}
