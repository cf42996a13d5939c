import { createHash } from 'node:crypto';
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { z } from 'zod';
import { sqlInstant } from '../fence/sql-instant.js';

/** What is audited, before it has its place in the chain. */
export interface NewEntry {
  /** Name and role of a token, or the part of the system that acted. */
  who: string;
  /** The person for whom the caller claims to act. */
  onBehalfOf?: string | null;
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
  /** Missing in pieces of older versions. */
  on_behalf_of: z.string().nullable().default(null),
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
    who: stored(entry.who.slice(0, longestWord)),
    action: stored(entry.action.slice(0, longestWord)),
    capability: entry.capability,
    outcome: entry.outcome,
    reason: entry.reason === null ? null : stored(entry.reason),
    before_value: textOf(entry.before),
    after_value: textOf(entry.after),
    on_behalf_of: entry.onBehalfOf == null ? null : stored(entry.onBehalfOf.slice(0, longestWord)),
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

/**
 * The text as it is read back. The database keeps another character in place of half of a surrogate pair: hashed as it came,
 * the line would look changed ever after.
 */
function stored(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
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
    // Entries of older versions have none, and must keep their hashes.
    ...(line.on_behalf_of === null ? [] : [line.on_behalf_of]),
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
