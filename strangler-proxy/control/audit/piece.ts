import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import { messageOf } from '#platform/telemetry/message-of.js';
import { hashOf, type StoredEntry, storedEntry } from './append-entry.js';

/** A piece of the archive, without what is in it. */
export const storedPiece = z.object({
  number: z.number(),
  first_id: z.number(),
  last_id: z.number(),
  last_hash: z.string(),
  newest_at: z.date(),
  previous_hash: z.string(),
  hash: z.string(),
});

export type StoredPiece = z.infer<typeof storedPiece>;

/** Where the chain is: a piece or entry that follows names these. */
export interface ChainPlace {
  /** Number and hash of the last piece. */
  piece: number;
  pieceHash: string;
  /** Number and hash of the last entry. */
  id: number;
  hash: string;
}

const firstLine = z.object({ piece: z.number(), previousHash: z.string(), entries: z.number() });
const entryLine = storedEntry.extend({ at: z.coerce.date() });

/** A piece as it is stored. */
export interface NewPiece extends StoredPiece {
  content: Buffer;
}

/**
 * Makes a piece of entries. Its text is lines of JSON: number and hash of the piece before, then the entries.
 * @param entries at least one, in order, right behind `place`
 */
export async function makePiece(
  { piece, pieceHash }: Pick<ChainPlace, 'piece' | 'pieceHash'>,
  entries: readonly StoredEntry[],
): Promise<NewPiece> {
  const [first, last] = [entries[0], entries.at(-1)];
  if (!first || !last) throw new Error('a piece of the audit needs an entry');
  const number = piece + 1;
  const head: z.infer<typeof firstLine> = { piece: number, previousHash: pieceHash, entries: entries.length };
  const text = [head, ...entries].map((line) => JSON.stringify(line)).join('\n');
  return {
    ...{ number, first_id: first.id, last_id: last.id, last_hash: last.hash, newest_at: last.at },
    ...{ previous_hash: pieceHash, hash: sha256(text), content: await promisify(gzip)(text) },
  };
}

/** The entries in a piece, in order. @throws when it can't be read */
export async function entriesIn(content: Buffer): Promise<StoredEntry[]> {
  const [, ...lines] = (await textOf(content)).split('\n');
  return lines.map((line) => entryLine.parse(JSON.parse(line)));
}

/**
 * Follows the chain through a piece's text.
 * @param place behind the piece before it
 * @returns what is wrong with it, or null
 */
export async function breakInPiece(
  place: ChainPlace,
  piece: StoredPiece,
  content: Buffer,
): Promise<string | null> {
  const name = `piece ${piece.number} of the archive`;
  try {
    const text = await textOf(content);
    if (sha256(text) !== piece.hash) return `${name} was changed after it had been written`;
    const head = firstLine.parse(JSON.parse(text.slice(0, text.indexOf('\n'))));
    if (head.piece !== piece.number || head.previousHash !== place.pieceHash)
      return `${name} does not begin with the hash of the one before it`;
    let previous: { id: number; hash: string } = place;
    for (const entry of await entriesIn(content)) {
      const wrong = breakBetween(previous, entry);
      if (wrong) return `${wrong}, in ${name}`;
      previous = entry;
    }
    return previous.id === piece.last_id && previous.hash === piece.last_hash
      ? null
      : `${name} does not end where its row says`;
  } catch (error) {
    return `${name} can't be read: ${messageOf(error)}`;
  }
}

/**
 * Follows the chain of pieces by their rows alone.
 * @returns what is wrong with it, or null
 */
export function breakBeforePiece(place: ChainPlace, piece: StoredPiece): string | null {
  if (piece.number !== place.piece + 1) return `piece ${place.piece + 1} of the archive is missing`;
  if (piece.previous_hash !== place.pieceHash || piece.first_id !== place.id + 1)
    return `piece ${piece.number} of the archive does not follow from the one before it`;
  return null;
}

/** What is wrong between two entries, or null. */
export function breakBetween(previous: { id: number; hash: string }, line: StoredEntry): string | null {
  if (line.id !== previous.id + 1) return `entry ${previous.id + 1} is missing`;
  if (line.previous_hash !== previous.hash) return `entry ${line.id} does not follow from the one before it`;
  return hashOf(line) === line.hash ? null : `entry ${line.id} was changed after it had been written`;
}

async function textOf(content: Buffer): Promise<string> {
  return (await promisify(gunzip)(content)).toString('utf8');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
