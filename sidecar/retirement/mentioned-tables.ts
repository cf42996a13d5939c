/** A word of a statement, or what stands between words. */
interface Token {
  kind: 'name' | 'text' | 'mark';
  text: string;
}

/** Comments, strings, quoted names, words, and every other character by itself. */
const pieces =
  /(?<comment>--(?=\s|$)[^\n]*|#[^\n]*|\/\*(?![!M])[\s\S]*?\*\/)|(?<text>'(?:[^'\\]|\\[\s\S]|'')*')|`(?<quoted>(?:[^`]|``)*)`|"(?<doubled>[^"]*)"|(?<word>[\w$\u0080-\uffff]+)|(?<mark>\S)/gu;

/** Statements that are put together while they run, so that names of tables stand in strings. */
const dynamic = /\b(PREPARE|EXECUTE\s+IMMEDIATE)\b/i;

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
  const tokens = tokensOf(sql);
  const known = new Map(tables.map((table) => [table.toLowerCase(), table]));
  const found = new Set<string>();
  tokens.forEach(({ kind, text }, index) => {
    const table = known.get(text.toLowerCase());
    if (kind === 'name' && table !== undefined && isTable(tokens, index, home, schema)) found.add(table);
  });
  if (dynamic.test(sql))
    for (const { kind, text } of tokens)
      if (kind === 'text')
        for (const [word] of text.toLowerCase().matchAll(/[\w$\u0080-\uffff]+/gu)) {
          const table = known.get(word);
          if (table !== undefined) found.add(table);
        }
  return tables.filter((table) => found.has(table));
}

/** Whether a name at this place can be one of the schema's tables: `a.name` is one only if `a` is the schema. */
function isTable(tokens: readonly Token[], index: number, home: string, schema: string): boolean {
  const [before, mark] = [tokens[index - 2], tokens[index - 1]];
  if (mark?.kind === 'mark' && mark.text === '.') return same(before?.text ?? '', schema);
  if (mark?.kind === 'mark' && mark.text === '@') return false;
  if (mark?.kind === 'name' && same(mark.text, 'AS')) return false;
  return same(home, schema);
}

/** What stands in double quotes is a string, or a name where the server is set so: it counts as both. */
function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  for (const { groups } of sql.matchAll(pieces)) {
    const { text, quoted, doubled, word, mark } = groups ?? {};
    if (text !== undefined) tokens.push({ kind: 'text', text });
    else if (quoted !== undefined) tokens.push({ kind: 'name', text: quoted.replaceAll('``', '`') });
    else if (doubled !== undefined)
      tokens.push({ kind: 'text', text: doubled }, { kind: 'name', text: doubled });
    else if (word !== undefined) tokens.push({ kind: 'name', text: word });
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark });
  }
  return tokens;
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
