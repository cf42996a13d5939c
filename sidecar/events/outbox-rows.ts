import type { Side } from '#contracts/strangler/move.js';
import type { DomainEvent } from '#contracts/strangler/domain-event.js';
import { outboxTable } from '#platform/database/outbox-table.js';
import { type Connection, quoteName, selectRows } from '../database/connect-mysql.js';

/** Where an event stands in the stream. */
export interface Published {
  /** Of its row in the outbox. */
  sequence: number;
  logSequence: number;
}

/** A row that was published, as far as its message can be told by it. */
export interface PublishedRow {
  eventId: string;
  logSequence: number;
}

interface OpenRow {
  sequence: number;
  event_id: string;
  type: string;
  event_key: string;
  epoch: number;
  occurred_at: string;
  data: string;
}

/**
 * Rows that are changed at once. They are chosen without a lock and met one by one: a range would wait for transactions
 * that are saying something just now, and keep others from it.
 */
const piece = 1_000;

/** Events that are not in the stream, in the order of their numbers, oldest first. */
export async function readOpen(
  connection: Connection,
  capability: string,
  side: Side,
  limit: number,
): Promise<DomainEvent[]> {
  const rows = await selectRows<OpenRow>(
    connection,
    `SELECT sequence, event_id, type, event_key, epoch, occurred_at, data FROM ${table(capability)}
     WHERE log_sequence IS NULL ORDER BY sequence LIMIT ?`,
    [limit],
  );
  return rows.map((row) => ({
    ...{ eventId: row.event_id, type: row.type, capability, key: row.event_key },
    occurredAt: `${row.occurred_at.replace(' ', 'T')}Z`,
    ...{ side, epoch: row.epoch, sequence: row.sequence },
    data: JSON.parse(row.data) as Record<string, unknown>,
  }));
}

/**
 * Notes where events stand. One that is published again keeps its first time: however often the stream is lost, an event
 * comes again only for as long as inboxes remember it.
 * @param logCreatedAt of which stream
 */
export async function markPublished(
  connection: Connection,
  capability: string,
  published: readonly Published[],
  logCreatedAt: string,
): Promise<void> {
  if (published.length === 0) return;
  const sequences = published.map(({ sequence }) => sequence);
  const places = published.map(({ logSequence }) => logSequence);
  await connection.query(
    `UPDATE ${table(capability)}
     SET log_sequence = ELT(FIELD(sequence, ?), ?), log_created_at = ?,
       published_at = COALESCE(published_at, UTC_TIMESTAMP(3))
     WHERE sequence IN (?)`,
    [sequences, places, logCreatedAt, sequences],
  );
}

/** The newest published row that is not behind this place of the stream. */
export async function newestPublished(
  connection: Connection,
  capability: string,
  upTo = Number.MAX_SAFE_INTEGER,
): Promise<PublishedRow | undefined> {
  const [row] = await selectRows<PublishedRow>(
    connection,
    `SELECT event_id AS eventId, log_sequence AS logSequence FROM ${table(capability)}
     WHERE log_sequence <= ? ORDER BY log_sequence DESC LIMIT 1`,
    [upTo],
  );
  return row;
}

/** Makes all rows open again that stand at this place of the stream or behind it. @returns how many */
export function reopenFrom(connection: Connection, capability: string, place: number): Promise<number> {
  return reopenInPieces(connection, capability, { column: 'log_sequence', after: place - 1 });
}

/** The same for rows that stand in another stream than this one. Where there are none, the index says so at once. */
export async function reopenElsewhere(
  connection: Connection,
  capability: string,
  logCreatedAt: string,
): Promise<number> {
  let count = 0;
  for (;;) {
    const other = await findOtherStream(connection, capability, logCreatedAt);
    if (other === undefined) return count;
    count += await reopenInPieces(connection, capability, { column: 'sequence', after: 0, stream: other });
  }
}

/** When a stream was made, other than this one, that rows still stand in. */
async function findOtherStream(
  connection: Connection,
  capability: string,
  logCreatedAt: string,
): Promise<string | undefined> {
  const one = (condition: string): string =>
    `(SELECT log_created_at AS stream FROM ${table(capability)} WHERE log_created_at ${condition} ? LIMIT 1)`;
  const [row] = await selectRows<{ stream: string }>(connection, `${one('<')} UNION ALL ${one('>')}`, [
    logCreatedAt,
    logCreatedAt,
  ]);
  return row?.stream;
}

/** The rows that one piece is taken from, in the order of an index whose column grows from row to row. */
interface Range {
  column: 'sequence' | 'log_sequence';
  after: number;
  stream?: string;
}

/** Each piece begins where the one before it ended: no row is read twice, and none that stays as it is. */
async function reopenInPieces(connection: Connection, capability: string, range: Range): Promise<number> {
  const { column, stream } = range;
  let { after } = range;
  let count = 0;
  for (;;) {
    const rows = await selectRows<{ sequence: number; place: number }>(
      connection,
      `SELECT sequence, ${column} AS place FROM ${table(capability)}
       WHERE ${column} > ? ${stream === undefined ? '' : 'AND log_created_at = ?'}
       ORDER BY ${column} LIMIT ${piece}`,
      [after, ...(stream === undefined ? [] : [stream])],
    );
    if (rows.length > 0)
      await connection.query(
        `UPDATE ${table(capability)} SET log_sequence = NULL, log_created_at = NULL
         WHERE sequence IN (?)`,
        [rows.map(({ sequence }) => sequence)],
      );
    count += rows.length;
    after = rows.at(-1)?.place ?? after;
    if (rows.length < piece) return count;
  }
}

/** Deletes rows that were first published longer ago than this and are in the stream, as far as they are the oldest. */
export async function prune(connection: Connection, capability: string, keptMs: number): Promise<void> {
  for (;;) {
    const oldest = await selectRows<{ sequence: number; old: number | null }>(
      connection,
      `SELECT sequence,
         log_sequence IS NOT NULL AND published_at < UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND AS old
       FROM ${table(capability)} ORDER BY sequence LIMIT ${piece}`,
      [keptMs * 1_000],
    );
    const old = oldest.filter((row) => row.old === 1).map(({ sequence }) => sequence);
    if (old.length > 0)
      await connection.query(`DELETE FROM ${table(capability)} WHERE sequence IN (?)`, [old]);
    if (old.length < piece) return;
  }
}

function table(capability: string): string {
  return quoteName(outboxTable(capability));
}
