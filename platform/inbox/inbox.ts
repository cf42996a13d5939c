import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { deadLetterDays, inboxDays } from '#contracts/strangler/retention.js';
import { inboxPlacesTable, inboxTable } from '#platform/database/inbox-tables.js';

/** A place in a stream, and what stands there. */
export interface Place {
  logSequence: number;
  logCreatedAt: string;
  eventId: string;
}

/** Rows that are deleted at once. */
const piece = 1_000;

/** Notes that an event is handled by this transaction. @returns false if it was handled or put aside before */
export async function noteHandled(
  database: Sequelize,
  consumer: string,
  eventId: string,
  transaction: Transaction,
): Promise<boolean> {
  const noted = await database.query(
    `INSERT IGNORE INTO ${inboxTable} (consumer, event_id, outcome, handled_at)
     VALUES (?, ?, 'handled', UTC_TIMESTAMP(3))`,
    { replacements: [consumer, eventId], type: QueryTypes.BULKUPDATE, transaction },
  );
  return noted > 0;
}

/** Notes that several events are handled by this transaction, whether or not they were before. */
export async function noteAllHandled(
  database: Sequelize,
  consumer: string,
  eventIds: readonly string[],
  transaction: Transaction,
): Promise<void> {
  await database.query(
    `INSERT IGNORE INTO ${inboxTable} (consumer, event_id, outcome, handled_at)
     VALUES ${eventIds.map(() => "(?, ?, 'handled', UTC_TIMESTAMP(3))").join(', ')}`,
    {
      replacements: eventIds.flatMap((eventId) => [consumer, eventId]),
      ...{ type: QueryTypes.BULKUPDATE, transaction },
    },
  );
}

/** Notes that an event was put aside, unless it has been handled. */
export async function notePutAside(
  database: Sequelize,
  consumer: string,
  eventId: string,
  reason: string,
  transaction: Transaction,
): Promise<void> {
  await database.query(
    `INSERT IGNORE INTO ${inboxTable} (consumer, event_id, outcome, reason, handled_at)
     VALUES (?, ?, 'put-aside', ?, UTC_TIMESTAMP(3))`,
    { replacements: [consumer, eventId, reason.slice(0, 2_000)], transaction },
  );
}

/** Has an event been handled, or put aside? */
export async function isKnown(database: Sequelize, consumer: string, eventId: string): Promise<boolean> {
  const found = await database.query(`SELECT 1 FROM ${inboxTable} WHERE consumer = ? AND event_id = ?`, {
    replacements: [consumer, eventId],
    type: QueryTypes.SELECT,
  });
  return found.length > 0;
}

/** Has an event been put aside, and not been handled since? */
export async function isPutAside(database: Sequelize, consumer: string, eventId: string): Promise<boolean> {
  const found = await database.query(
    `SELECT 1 FROM ${inboxTable} WHERE consumer = ? AND event_id = ? AND outcome = 'put-aside'`,
    { replacements: [consumer, eventId], type: QueryTypes.SELECT },
  );
  return found.length > 0;
}

/**
 * Takes an event up again that was put aside; of several that try at once, one does.
 * @returns false if it has been handled meanwhile
 */
export async function takeUpAgain(
  database: Sequelize,
  consumer: string,
  eventId: string,
  transaction: Transaction,
): Promise<boolean> {
  if (await noteHandled(database, consumer, eventId, transaction)) return true;
  const taken = await database.query(
    `UPDATE ${inboxTable} SET outcome = 'handled', reason = NULL, handled_at = UTC_TIMESTAMP(3)
     WHERE consumer = ? AND event_id = ? AND outcome = 'put-aside'`,
    { replacements: [consumer, eventId], type: QueryTypes.BULKUPDATE, transaction },
  );
  return taken > 0;
}

/** Where the consumer was last. */
export async function findPlace(
  database: Sequelize,
  consumer: string,
  transaction: Transaction | null = null,
): Promise<Place | undefined> {
  const [place] = await database.query<Place>(
    `SELECT log_sequence AS logSequence, log_created_at AS logCreatedAt, event_id AS eventId
     FROM ${inboxPlacesTable} WHERE consumer = ?`,
    { replacements: [consumer], type: QueryTypes.SELECT, transaction },
  );
  return place && { ...place, logSequence: Number(place.logSequence) };
}

export async function savePlace(
  database: Sequelize,
  consumer: string,
  { logSequence, logCreatedAt, eventId }: Place,
  transaction: Transaction | null = null,
): Promise<void> {
  await database.query(
    `INSERT INTO ${inboxPlacesTable} (consumer, log_sequence, log_created_at, event_id) VALUES (?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE log_sequence = VALUES(log_sequence), log_created_at = VALUES(log_created_at),
       event_id = VALUES(event_id)`,
    { replacements: [consumer, logSequence, logCreatedAt, eventId], transaction },
  );
}

/** An event that nobody has handled, and nobody will. */
export interface Forgotten {
  consumer: string;
  eventId: string;
  reason: string | null;
}

/**
 * Forgets events that can't come again: handled ones after some days, and those that were put aside once the broker has
 * dropped their letters.
 * @returns of those that were put aside, some that are forgotten by this
 */
export async function forgetOld(database: Sequelize): Promise<Forgotten[]> {
  let forgotten = piece;
  while (forgotten === piece) {
    forgotten = await database.query(
      `DELETE FROM ${inboxTable} WHERE handled_at < UTC_TIMESTAMP(3) - INTERVAL ${inboxDays} DAY
         AND outcome = 'handled' LIMIT ${piece}`,
      { type: QueryTypes.BULKDELETE },
    );
  }
  return forgetPutAside(database);
}

async function forgetPutAside(database: Sequelize): Promise<Forgotten[]> {
  const lost = await database.query<Forgotten>(
    `SELECT consumer, event_id AS eventId, reason FROM ${inboxTable}
     WHERE handled_at < UTC_TIMESTAMP(3) - INTERVAL ${deadLetterDays} DAY AND outcome = 'put-aside' LIMIT ${piece}`,
    { type: QueryTypes.SELECT },
  );
  const gone: Forgotten[] = [];
  for (const one of lost) {
    // Another instance may have forgotten it, or a person had it handled, meanwhile.
    const deleted = await database.query(
      `DELETE FROM ${inboxTable} WHERE consumer = ? AND event_id = ? AND outcome = 'put-aside'`,
      { replacements: [one.consumer, one.eventId], type: QueryTypes.BULKDELETE },
    );
    if (deleted > 0) gone.push(one);
  }
  return gone;
}
