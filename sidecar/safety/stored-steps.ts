import { isWord, readingsOf, type SqlToken } from '../database/tokenize-sql.js';

/** A name as a text has it; without a schema it belongs to the one that the text belongs to. */
export interface StoredName {
  schema: string | undefined;
  name: string;
}

/** What the text of a view, a trigger or a routine does, as far as it matters to rows elsewhere. */
export type StoredStep =
  /** It writes this table, or the tables of this view. */
  | { does: 'writes'; what: StoredName }
  /** It calls this function: a stored one, or one of the server's. */
  | { does: 'calls'; what: StoredName }
  /** It reads this table or view; in a list, it may as well read a column of that name. */
  | { does: 'reads'; what: StoredName; inList: boolean }
  /** Nobody can tell what it writes; `how` says why, as the end of a sentence. */
  | { does: 'hides'; how: string };

/** Words that may stand between INSERT and so on, and the table that is written. */
const modifiers = ['LOW_PRIORITY', 'HIGH_PRIORITY', 'DELAYED', 'QUICK', 'IGNORE', 'INTO'];
/** Words, and the comma, behind which a table stands. */
const beforeTables = [...modifiers, 'INSERT', 'REPLACE', 'UPDATE', 'DELETE', 'FROM', 'JOIN'];
const beforeListedTables = [...beforeTables, 'STRAIGHT_JOIN', 'USING'];

/**
 * The steps of a stored text, for each way in which a server could read it. It errs on the side of one too many: all tables
 * of an UPDATE or a DELETE with a join count as written.
 */
export function stepsOf(text: string): StoredStep[] {
  return readingsOf(text).flatMap((tokens) => tokens.flatMap((_, at) => stepsAt(tokens, at)));
}

function stepsAt(tokens: readonly SqlToken[], at: number): StoredStep[] {
  const token = tokens[at];
  // Behind a dot stands the rest of a name, behind AS a name that is given.
  if (!isName(token) || isMark(tokens[at - 1], '.') || isWord(tokens[at - 1], 'AS')) return [];
  if (isWord(token, 'CALL')) return [{ does: 'hides', how: 'calls a procedure' }];
  if (isWord(token, 'PREPARE', 'EXECUTE'))
    return [{ does: 'hides', how: 'runs a statement that it puts together itself' }];
  const written = writtenAt(tokens, at);
  if (written) return written;
  const { what, end } = nameAt(tokens, at);
  if (isMark(tokens[end], '(') && !isInsertedInto(tokens, at)) return [{ does: 'calls', what }];
  return readAt(tokens, at, what);
}

/** What the verb at this place writes; undefined where no verb is there. */
function writtenAt(tokens: readonly SqlToken[], at: number): StoredStep[] | undefined {
  const [verb, next] = [tokens[at], tokens[at + 1]];
  if (!isWord(verb, 'INSERT', 'REPLACE', 'UPDATE', 'DELETE')) return undefined;
  // Functions of the server: REPLACE(text, ...), INSERT(text, ...).
  if (isWord(verb, 'INSERT', 'REPLACE') && isMark(next, '(')) return [];
  // ON DUPLICATE KEY UPDATE, SELECT ... FOR UPDATE, and what a column or a key says of itself.
  if (isWord(tokens[at - 1], 'KEY', 'FOR', 'ON')) return [];
  const places = isWord(verb, 'UPDATE', 'DELETE') ? listedAt(tokens, at) : firstAt(tokens, at);
  return places.length > 0
    ? places.map((place) => ({ does: 'writes', what: nameAt(tokens, place).what }))
    : [{ does: 'hides', how: `has ${verb?.text ?? 'a statement'} that can't be read` }];
}

/** Where the one table of an INSERT or so stands. */
function firstAt(tokens: readonly SqlToken[], verb: number): number[] {
  let at = verb + 1;
  while (isWord(tokens[at], ...modifiers)) at += 1;
  return isName(tokens[at]) ? [at] : [];
}

/** Whether this is the table of an INSERT or a REPLACE, whose columns follow in parentheses. */
function isInsertedInto(tokens: readonly SqlToken[], table: number): boolean {
  let at = table - 1;
  while (isWord(tokens[at], ...modifiers)) at -= 1;
  return isWord(tokens[at], 'INSERT', 'REPLACE');
}

/** Where the tables of an UPDATE or a DELETE stand, those included that are only read. */
function listedAt(tokens: readonly SqlToken[], verb: number): number[] {
  const end = tokens.findIndex(
    (token, at) => at > verb && (isMark(token, ';') || isWord(token, 'SET', 'WHERE', 'LIMIT', 'RETURNING')),
  );
  const until = end === -1 ? tokens.length : end;
  return tokens.flatMap((token, at) =>
    at > verb && at < until && isName(token) && isTable(tokens, at) && !isWord(token, ...beforeListedTables)
      ? [at]
      : [],
  );
}

/** Whether what stands here can be a table, by what stands before it. */
function isTable(tokens: readonly SqlToken[], at: number): boolean {
  const before = tokens[at - 1];
  if (isMark(before, '(')) return isMark(tokens[at - 2], ',') || isWord(tokens[at - 2], ...beforeTables);
  return isMark(before, ',') || isWord(before, ...beforeListedTables);
}

function readAt(tokens: readonly SqlToken[], at: number, what: StoredName): StoredStep[] {
  let before = at - 1;
  while (isMark(tokens[before], '(')) before -= 1;
  const inList = isMark(tokens[before], ',');
  const isRead = inList || isWord(tokens[before], 'FROM', 'JOIN', 'STRAIGHT_JOIN');
  return isRead ? [{ does: 'reads', what, inList }] : [];
}

/** The name that begins here, and where it ends. */
function nameAt(tokens: readonly SqlToken[], at: number): { what: StoredName; end: number } {
  const [first, dot, second] = [tokens[at], tokens[at + 1], tokens[at + 2]];
  if (isMark(dot, '.') && second && isName(second))
    return { what: { schema: first?.text, name: second.text }, end: at + 3 };
  return { what: { schema: undefined, name: first?.text ?? '' }, end: at + 1 };
}

function isName(token: SqlToken | undefined): boolean {
  return token?.kind === 'word' || token?.kind === 'name';
}

function isMark(token: SqlToken | undefined, text: string): boolean {
  return token?.kind === 'mark' && token.text === text;
}
