import { isWord, readingsOf, type SqlToken } from '../database/tokenize-sql.js';

/** A statement in the log that begins or ends a transaction, or a part of one. */
export type TransactionStatement =
  | { kind: 'begin' | 'commit' | 'rollback' }
  /** @property name in lower case, as the server compares names */
  | { kind: 'savepoint' | 'rollback-to'; name: string };

/** Such a statement is no longer than this. */
const mostCharacters = 1_000;

/** Reads a statement of a transaction as the program wrote it, which is how it is in the log; undefined for any other. */
export function transactionStatement(sql: string): TransactionStatement | undefined {
  if (sql.length > mostCharacters) return undefined;
  const tokens = withoutSettings(readingsOf(sql)[0] ?? []);
  const words = tokens.map(({ kind, text }) => (kind === 'word' ? text.toUpperCase() : undefined));
  const nameAt = (at: number): string => (tokens[at]?.text ?? '').toLowerCase();
  if (words[0] === 'BEGIN') return words[1] === 'NOT' ? undefined : { kind: 'begin' };
  if (words[0] === 'COMMIT') return { kind: 'commit' };
  if (words[0] === 'SAVEPOINT') return { kind: 'savepoint', name: nameAt(1) };
  if (words[0] !== 'ROLLBACK') return undefined;
  const to = words[1] === 'WORK' ? 2 : 1;
  if (words[to] !== 'TO') return { kind: 'rollback' };
  const named = words[to + 1] === 'SAVEPOINT' && tokens.length > to + 2;
  return { kind: 'rollback-to', name: nameAt(to + (named ? 2 : 1)) };
}

/** Without `SET STATEMENT name = value, ... FOR` before it (MariaDB). */
export function withoutSettings(tokens: readonly SqlToken[]): readonly SqlToken[] {
  if (!isWord(tokens[0], 'SET') || !isWord(tokens[1], 'STATEMENT')) return tokens;
  const end = tokens.findIndex((token) => isWord(token, 'FOR'));
  return end === -1 ? tokens : withoutSettings(tokens.slice(end + 1));
}
