import { readingsOf, type SqlToken } from '../database/tokenize-sql.js';

/** Text that is run as a statement later: what it names shows in its strings only. */
const dynamic = /\b(prepare|execute\s+immediate)\b/i;

/**
 * Which tables the text of a view, a trigger or a routine mentions. It errs on the side of naming one too many: a column
 * of the same name counts, where nothing before it says that it is one.
 * @param home schema in which names without one are looked up
 * @param tables of the schema that is asked about
 * @returns those that are mentioned, as they were given
 */
export function mentionedTables(
  sql: string,
  home: string,
  { schema, tables }: { schema: string; tables: readonly string[] },
): string[] {
  const [tokens = []] = readingsOf(sql);
  const named = [
    ...tokens
      .filter((token, at) => isName(token) && isTable(tokens, at, home, schema))
      .map(({ text }) => text),
    ...(dynamic.test(sql) ? tokens.flatMap(wordsOfText) : []),
  ];
  const found = new Set(named.map((name) => name.toLowerCase()));
  return tables.filter((table) => found.has(table.toLowerCase()));
}

function isName({ kind }: SqlToken): boolean {
  return kind === 'word' || kind === 'name';
}

/** A text may be in double quotes, which make a name where the server is set so. */
function wordsOfText({ kind, text }: SqlToken): string[] {
  return kind === 'text' || kind === 'name' ? (text.match(/[\w$\u0080-\uffff]+/gu) ?? []) : [];
}

/** Whether a name at this place can be one of the schema's tables: `a.name` is one only if `a` is the schema. */
function isTable(tokens: readonly SqlToken[], index: number, home: string, schema: string): boolean {
  const [before, mark] = [tokens[index - 2], tokens[index - 1]];
  if (mark?.kind === 'mark' && mark.text === '.') return same(before?.text ?? '', schema);
  if (mark?.kind === 'mark' && mark.text === '@') return false;
  if (mark?.kind === 'word' && same(mark.text, 'AS')) return false;
  return same(home, schema);
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
