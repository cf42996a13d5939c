import { QueryTypes, type Sequelize } from 'sequelize';
import type { AuditEntry } from '#contracts/strangler/control-plane.js';
import { hashOf, storedEntry, type StoredEntry } from './append-entry.js';

/** Lines that are read at a time. */
const pageSize = 1_000;

/** The newest lines, or those before one, newest first. */
export async function readAudit(
  database: Sequelize,
  limit: number,
  before: number | undefined,
): Promise<AuditEntry[]> {
  const rows = await database.query('SELECT * FROM audit_entry WHERE id < ? ORDER BY id DESC LIMIT ?', {
    replacements: [before ?? Number.MAX_SAFE_INTEGER, limit],
    type: QueryTypes.SELECT,
  });
  return rows.map((row) => toEntry(storedEntry.parse(row)));
}

/**
 * Follows the chain from its first line to its head.
 * @returns what is wrong with it, or null: a line that was changed, removed or put in between, or a tail that was cut off
 */
export async function findBreak(database: Sequelize): Promise<string | null> {
  let previous = { id: 0, hash: '0'.repeat(64) };
  for (;;) {
    const rows = await database.query('SELECT * FROM audit_entry WHERE id > ? ORDER BY id LIMIT ?', {
      replacements: [previous.id, pageSize],
      type: QueryTypes.SELECT,
    });
    for (const row of rows) {
      const line = storedEntry.parse(row);
      const wrong = breakBetween(previous, line);
      if (wrong) return wrong;
      previous = line;
    }
    if (rows.length < pageSize) return checkHead(database, previous);
  }
}

function breakBetween(previous: { id: number; hash: string }, line: StoredEntry): string | null {
  if (line.id !== previous.id + 1) return `entry ${previous.id + 1} is missing`;
  if (line.previous_hash !== previous.hash) return `entry ${line.id} does not follow from the one before it`;
  return hashOf(line) === line.hash ? null : `entry ${line.id} was changed after it had been written`;
}

async function checkHead(database: Sequelize, last: { id: number; hash: string }): Promise<string | null> {
  const [head] = await database.query<{ last_id: number; last_hash: string }>(
    'SELECT last_id, last_hash FROM audit_head WHERE id = 1',
    { type: QueryTypes.SELECT },
  );
  // An entry that was added while the chain was read has moved the head on.
  if (head && head.last_id >= last.id && (head.last_id !== last.id || head.last_hash === last.hash)) {
    return head.last_id > last.id && (await missing(database, head.last_id))
      ? `the entries after ${last.id} are missing`
      : null;
  }
  return `the newest entry, ${last.id}, is not the one that was written last`;
}

async function missing(database: Sequelize, id: number): Promise<boolean> {
  const rows = await database.query('SELECT id FROM audit_entry WHERE id = ?', {
    replacements: [id],
    type: QueryTypes.SELECT,
  });
  return rows.length === 0;
}

function toEntry(line: StoredEntry): AuditEntry {
  const { id, who, action, capability, outcome, reason, hash } = line;
  return {
    ...{ id, who, action, capability, outcome, reason, hash },
    at: line.at.toISOString(),
    before: parse(line.before_value),
    after: parse(line.after_value),
    previousHash: line.previous_hash,
  };
}

function parse(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
