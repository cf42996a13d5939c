import { QueryTypes, type Sequelize, Transaction } from 'sequelize';
import { z } from 'zod';
import { storedEntry } from './append-entry.js';
import { archiveStart } from './archive-entries.js';
import { breakBeforePiece, breakBetween, breakInPiece, type ChainPlace, storedPiece } from './piece.js';

/** Entries that are read at a time. */
const pageSize = 1_000;
/** Pieces whose rows are read at a time. */
const piecesAtOnce = 200;

/**
 * Follows the chain from its beginning to its head, through the pieces of the archive and the entries behind them, as they
 * are at one moment.
 * @param depth `rows` follows the pieces by their rows; `contents` reads all that is in them, which may take a while
 * @returns what is wrong with it, or null: a line that was changed, removed or put in between, or a tail that was cut off
 */
export function findBreak(database: Sequelize, depth: 'rows' | 'contents'): Promise<string | null> {
  // One snapshot: entries may move into a piece meanwhile.
  return database.transaction(
    { isolationLevel: Transaction.ISOLATION_LEVELS.REPEATABLE_READ },
    async (transaction) => {
      const start = await archiveStart(database, transaction);
      if (!start) return 'the head of the audit is missing';
      const pieces = await followPieces(database, start, depth, transaction);
      if ('wrong' in pieces) return pieces.wrong;
      return followEntries(database, pieces.place, transaction);
    },
  );
}

async function followPieces(
  database: Sequelize,
  start: ChainPlace,
  depth: 'rows' | 'contents',
  transaction: Transaction,
): Promise<{ place: ChainPlace } | { wrong: string }> {
  let place = start;
  for (;;) {
    const rows = await database.query(
      `SELECT number, first_id, last_id, last_hash, newest_at, previous_hash, hash FROM audit_piece
       WHERE number > ? ORDER BY number LIMIT ${piecesAtOnce}`,
      { replacements: [place.piece], type: QueryTypes.SELECT, transaction },
    );
    for (const row of rows) {
      const piece = storedPiece.parse(row);
      const wrong =
        breakBeforePiece(place, piece) ??
        (depth === 'contents'
          ? await breakInPiece(place, piece, await contentOf(database, piece.number, transaction))
          : null);
      if (wrong) return { wrong };
      place = { piece: piece.number, pieceHash: piece.hash, id: piece.last_id, hash: piece.last_hash };
    }
    if (rows.length < piecesAtOnce) return { place };
  }
}

async function contentOf(database: Sequelize, number: number, transaction: Transaction): Promise<Buffer> {
  const [row] = await database.query('SELECT content FROM audit_piece WHERE number = ?', {
    replacements: [number],
    ...{ type: QueryTypes.SELECT, transaction },
  });
  return z.object({ content: z.instanceof(Buffer) }).parse(row).content;
}

async function followEntries(
  database: Sequelize,
  start: { id: number; hash: string },
  transaction: Transaction,
): Promise<string | null> {
  let previous = start;
  for (;;) {
    const rows = await database.query('SELECT * FROM audit_entry WHERE id > ? ORDER BY id LIMIT ?', {
      replacements: [previous.id, pageSize],
      ...{ type: QueryTypes.SELECT, transaction },
    });
    for (const row of rows) {
      const line = storedEntry.parse(row);
      const wrong = breakBetween(previous, line);
      if (wrong) return wrong;
      previous = line;
    }
    if (rows.length < pageSize) return checkHead(database, previous, transaction);
  }
}

async function checkHead(
  database: Sequelize,
  last: { id: number; hash: string },
  transaction: Transaction,
): Promise<string | null> {
  const [head] = await database.query<{ last_id: number; last_hash: string }>(
    'SELECT last_id, last_hash FROM audit_head WHERE id = 1',
    { type: QueryTypes.SELECT, transaction },
  );
  if (head && head.last_id > last.id) return `the entries after ${last.id} are missing`;
  return head?.last_id === last.id && head.last_hash === last.hash
    ? null
    : `the newest entry, ${last.id}, is not the one that was written last`;
}
