import type { MovedTables, NamedTable, StatementEffect } from './statement-effect.js';
import { isWord, type SqlToken } from '../database/tokenize-sql.js';

/** Options of a table that leave its rows' values alone, with `=` and a value behind them. Commas between are optional. */
const option =
  /^(?:(?:AUTO_INCREMENT|COMMENT|ENGINE|ROW_FORMAT|KEY_BLOCK_SIZE|ALGORITHM|LOCK|MAX_ROWS|MIN_ROWS|AVG_ROW_LENGTH|STATS_\w+|PACK_KEYS|CHECKSUM|DELAY_KEY_WRITE|PAGE_CHECKSUM|ENCRYPTION|COMPRESSION|(?:DEFAULT )?(?:CHARACTER SET|CHARSET|COLLATE))(?: =)? \S+|FORCE)(?: |$)/;

/** Actions that leave the rows' values alone, by the words that they begin with. */
const leavesRows =
  /^(?:ADD (?:UNIQUE|INDEX|KEY|FULLTEXT|SPATIAL|CONSTRAINT|FOREIGN|CHECK|PRIMARY|PARTITION)|DROP (?:INDEX|KEY|CONSTRAINT|FOREIGN|CHECK|PRIMARY)|RENAME (?:INDEX|KEY)|ALTER (?:INDEX|KEY|CONSTRAINT|CHECK)|(?:ANALYZE|CHECK|OPTIMIZE|REBUILD|REORGANIZE|COALESCE) PARTITION|REMOVE PARTITIONING|PARTITION BY|(?:ENABLE|DISABLE) KEYS|ORDER BY)\b/;

/** Words behind ADD or DROP that begin something other than a column's name. */
const noColumn = new Set(['PARTITION', 'SUBPARTITION', 'PERIOD', 'SYSTEM']);

/**
 * Judges an ALTER TABLE that names a moved table: each of its actions has to be known to leave the rows' values alone.
 * @param names where moved tables are named
 */
export function judgeAlter(
  tokens: readonly SqlToken[],
  names: readonly NamedTable[],
  moved: MovedTables,
): StatementEffect | undefined {
  const table = tokens.findIndex((token) => isWord(token, 'TABLE')) + 1;
  const start = table + (isWord(tokens[table], 'IF') ? 2 : 0);
  const altered = names.find(({ from }) => from === start);
  const [first] = names;
  if (!altered) {
    if (names.every(({ from }) => isWord(tokens[from - 1], 'REFERENCES'))) return undefined;
    return first && { kind: 'changed', table: first.table };
  }
  const copied = moved.columns.get(altered.table) ?? [];
  // ALTER IGNORE removes the rows that a new unique key does not allow.
  const ignores = tokens.slice(0, start).some((token) => isWord(token, 'IGNORE'));
  const actions = splitAtCommas(withoutWait(tokens.slice(altered.at + 1)));
  const harmless = !ignores && actions.every((action) => isHarmless(action, copied));
  return { kind: harmless ? 'redefined' : 'changed', table: altered.table };
}

/** Without `WAIT 5` or `NOWAIT` before the actions (MariaDB). */
function withoutWait(tokens: readonly SqlToken[]): readonly SqlToken[] {
  if (isWord(tokens[0], 'NOWAIT')) return tokens.slice(1);
  return isWord(tokens[0], 'WAIT') ? tokens.slice(2) : tokens;
}

/** The parts between commas that are in no brackets. */
function splitAtCommas(tokens: readonly SqlToken[]): SqlToken[][] {
  const parts: SqlToken[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isMark(token, '(')) depth += 1;
    if (isMark(token, ')')) depth -= 1;
    if (isMark(token, ',') && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

function isMark(token: SqlToken | undefined, mark: string): boolean {
  return token?.kind === 'mark' && token.text === mark;
}

function isHarmless(action: readonly SqlToken[], copied: readonly string[]): boolean {
  let words = action.map(toWord).join(' ');
  for (let found = option.exec(words); found; found = option.exec(words))
    words = words.slice(found[0].length);
  if (words === '' || leavesRows.test(words)) return true;
  const columns = changedColumns(action);
  const known = new Set(copied.map((column) => column.toLowerCase()));
  return columns !== undefined && columns.every((column) => !known.has(column.toLowerCase()));
}

/** Keywords in capitals; names and texts can't be taken for one. */
function toWord({ kind, text }: SqlToken): string {
  if (kind === 'word') return text.toUpperCase();
  return kind === 'name' || kind === 'text' ? `'${text.replaceAll(/\s/g, '_')}'` : text;
}

/** The columns whose values an action changes, adds or removes; undefined for an action that is not about columns. */
function changedColumns(action: readonly SqlToken[]): string[] | undefined {
  const [verb, ...behind] = action;
  const named = isWord(behind[0], 'COLUMN');
  const rest = withoutCondition(named ? behind.slice(1) : behind);
  const [first, second, third] = rest;
  if (!first || (!named && first.kind === 'word' && noColumn.has(first.text.toUpperCase()))) return undefined;
  // A new default is for rows to come, whose values are in the log.
  if (isWord(verb, 'ALTER'))
    return isWord(second, 'SET', 'DROP') && isWord(third, 'DEFAULT') ? [] : undefined;
  if (isWord(verb, 'RENAME')) return named && third ? [first.text, third.text] : undefined;
  if (isWord(verb, 'CHANGE')) return second && [first.text, second.text];
  if (isWord(verb, 'ADD') && isMark(first, '('))
    return splitAtCommas(rest.slice(1, -1)).map(([name]) => name?.text ?? '');
  return isWord(verb, 'ADD', 'DROP', 'MODIFY') ? [first.text] : undefined;
}

/** Without `IF EXISTS` or `IF NOT EXISTS`. */
function withoutCondition(tokens: readonly SqlToken[]): readonly SqlToken[] {
  if (!isWord(tokens[0], 'IF')) return tokens;
  return tokens.slice(isWord(tokens[1], 'NOT') ? 3 : 2);
}
