import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { v7 as uuidv7 } from 'uuid';
import { capabilityOfEvent } from '#contracts/strangler/domain-event.js';
import { isMissingValue } from '#platform/database/database-errors.js';
import { outboxTable } from '#platform/database/outbox-table.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { notOwner } from '#platform/ownership/guard-keys.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';

/** Something that happens in a transaction. */
export interface NewEvent {
  /** Begins with the capability: `orders.confirmed.v1`. */
  type: string;
  key: string;
  data: object;
}

/** Says events of one capability in a transaction; see `recordEvents`. */
export type SayEvents<Transaction> = (events: readonly NewEvent[], transaction: Transaction) => Promise<void>;

/**
 * Says events of one capability, if and when the transaction commits. It has to hold the ownership of their keys, and the
 * locks of what it writes about them: by that, events of a key are numbered in the order in which they happened.
 *
 * The epoch is read from the ownership in the same statement, so that a side can't say what is not its own to say.
 * @param occurredAt when it happened, by the clock of the program
 * @throws AppError `not_owner`
 */
export async function recordEvents(
  database: Sequelize,
  events: readonly NewEvent[],
  occurredAt: Date,
  transaction: Transaction,
): Promise<void> {
  const [first] = events;
  if (first === undefined) return;
  const capability = capabilityOfEvent(first.type);
  const other = events.find(({ type }) => capabilityOfEvent(type) !== capability);
  if (other) throw new Error(`${first.type} and ${other.type} are not of one capability: record them apart`);
  const epoch = `(SELECT epoch FROM \`${ownershipTable(capability)}\` WHERE bucket = ? AND state = 'owned')`;
  const row = `(?, ?, ?, ${epoch}, ?, ?)`;
  // Of a date in a statement, Sequelize would keep the second only.
  const instant = occurredAt.toISOString().slice(0, -1).replace('T', ' ');
  const values = events.flatMap(({ type, key, data }) => {
    const bucket = bucketOfKey(capability, key);
    return [uuidv7(), type, key, bucket, instant, JSON.stringify(data)];
  });
  try {
    await database.query(
      `INSERT INTO \`${outboxTable(capability)}\` (event_id, type, event_key, epoch, occurred_at, data)
       VALUES ${events.map(() => row).join(', ')}`,
      { replacements: values, type: QueryTypes.INSERT, transaction },
    );
  } catch (error) {
    if (!isMissingValue(error)) throw error;
    const keys = events.map(({ key }) => key);
    throw await notOwner(database, capability, keys, transaction);
  }
}
