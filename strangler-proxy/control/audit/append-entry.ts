import { createHash } from 'node:crypto';
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { z } from 'zod';
import { sqlInstant } from '../journal/sql-instant.js';

/** What is audited, before it has its place in the chain. */
export interface NewEntry {
  /** A person, or the part of the system that acted. */
  who: string;
  action: string;
  capability: string | null;
  outcome: 'done' | 'refused';
  reason: string | null;
  before: unknown;
  after: unknown;
}

/** One line as it is stored. */
export const storedEntry = z.object({
  id: z.number(),
  at: z.date(),
  who: z.string(),
  action: z.string(),
  capability: z.string().nullable(),
  outcome: z.enum(['done', 'refused']),
  reason: z.string().nullable(),
  before_value: z.string().nullable(),
  after_value: z.string().nullable(),
  previous_hash: z.string(),
  hash: z.string(),
});

export type StoredEntry = z.infer<typeof storedEntry>;

/** Longest that a name or an action may be. */
const longestWord = 100;

/**
 * Adds one line to the audit. Writers queue at the chain's head; nothing here changes or removes a line.
 * @param transaction the change's own, so that there is never one without the other
 */
export async function appendEntry(
  database: Sequelize,
  entry: NewEntry,
  transaction: Transaction,
): Promise<void> {
  const head = await lockHead(database, transaction);
  const line = {
    id: head.last_id + 1,
    at: head.now,
    who: entry.who.slice(0, longestWord),
    action: entry.action.slice(0, longestWord),
    capability: entry.capability,
    outcome: entry.outcome,
    reason: entry.reason,
    before_value: textOf(entry.before),
    after_value: textOf(entry.after),
    previous_hash: head.last_hash,
  };
  const hash = hashOf(line);
  await database
    .getQueryInterface()
    .bulkInsert('audit_entry', [{ ...line, at: sqlInstant(line.at), hash }], { transaction });
  await database.query('UPDATE audit_head SET last_id = ?, last_hash = ? WHERE id = 1', {
    replacements: [line.id, hash],
    transaction,
  });
}

async function lockHead(
  database: Sequelize,
  transaction: Transaction,
): Promise<{ last_id: number; last_hash: string; now: Date }> {
  const [head] = await database.query<{ last_id: number; last_hash: string; now: Date }>(
    'SELECT last_id, last_hash, UTC_TIMESTAMP(3) AS now FROM audit_head WHERE id = 1 FOR UPDATE',
    { type: QueryTypes.SELECT, transaction },
  );
  if (!head) throw new Error('the head of the audit is gone: somebody has removed it from the database');
  return head;
}

/** SHA-256 over all that a line says, and over the hash of the line before it. */
export function hashOf(line: Omit<StoredEntry, 'hash'>): string {
  const content = [
    line.id,
    line.at.toISOString(),
    line.who,
    line.action,
    line.capability,
    line.outcome,
    line.reason,
    line.before_value,
    line.after_value,
    line.previous_hash,
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
