import { QueryTypes, type Sequelize } from 'sequelize';
import { z } from 'zod';
import type { AuditEntry } from '#contracts/strangler/control-plane.js';
import { storedEntry, type StoredEntry } from './append-entry.js';
import { entriesIn } from './piece.js';

/** The newest lines, or those before one, newest first; those in the archive as well. */
export async function readAudit(
  database: Sequelize,
  limit: number,
  before: number | undefined,
): Promise<AuditEntry[]> {
  const found: StoredEntry[] = [];
  let next = before ?? Number.MAX_SAFE_INTEGER;
  const rows = await database.query('SELECT * FROM audit_entry WHERE id < ? ORDER BY id DESC LIMIT ?', {
    replacements: [next, limit],
    type: QueryTypes.SELECT,
  });
  found.push(...rows.map((row) => storedEntry.parse(row)));
  while (found.length < limit) {
    next = found.at(-1)?.id ?? next;
    const older = await archivedBefore(database, next);
    if (older.length === 0) break;
    found.push(...older.slice(0, limit - found.length));
  }
  return found.map(toEntry);
}

/** Entries of one piece that are before an entry, newest first; none where there is no such piece. */
async function archivedBefore(database: Sequelize, before: number): Promise<StoredEntry[]> {
  const [row] = await database.query(
    'SELECT content FROM audit_piece WHERE first_id < ? ORDER BY number DESC LIMIT 1',
    { replacements: [before], type: QueryTypes.SELECT },
  );
  if (!row) return [];
  const { content } = z.object({ content: z.instanceof(Buffer) }).parse(row);
  return (await entriesIn(content)).filter(({ id }) => id < before).toReversed();
}

function toEntry(line: StoredEntry): AuditEntry {
  const { id, who, action, capability, outcome, reason, hash } = line;
  return {
    ...{ id, who, action, capability, outcome, reason, hash },
    onBehalfOf: line.on_behalf_of,
    at: line.at.toISOString(),
    before: parse(line.before_value),
    after: parse(line.after_value),
    previousHash: line.previous_hash,
  };
}

function parse(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
