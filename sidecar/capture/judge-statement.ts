/** Changes rows without saying which. */
const changesRows = /^(INSERT|UPDATE|DELETE|REPLACE|LOAD)\b/i;
/** Empties, removes or swaps a whole table. */
const changesTables = /^(TRUNCATE|DROP\s+TABLE|RENAME\s+TABLE)\b/i;
const renames = /^ALTER\s+TABLE\b.*\bRENAME\b(?!\s+(COLUMN|INDEX|KEY)\b)/is;

/**
 * Judges a statement that is in the log as text: rows that it changed are not in the log, so they can't be sent.
 * @param statement without comments before it
 * @param schema schema that was in use
 * @returns the table of ours that it changes, or undefined when it doesn't matter to us
 */
export function tableChangedUnseen(
  statement: string,
  schema: string,
  ours: { schema: string; tables: readonly string[] },
): string | undefined {
  const bare = statement.replace(/^(\s|\/\*.*?\*\/)+/s, '');
  if (!changesRows.test(bare) && !changesTables.test(bare) && !renames.test(bare)) return undefined;
  return ours.tables.find((table) => names(bare, schema, ours.schema, table));
}

function names(statement: string, usedSchema: string, ourSchema: string, table: string): boolean {
  const quoted = (name: string): string => `(?:\`${escape(name)}\`|\\b${escape(name)}\\b)`;
  const qualified = new RegExp(`(\`[^\`]+\`|\\w+)\\s*\\.\\s*${quoted(table)}`, 'i');
  const match = qualified.exec(statement);
  if (match) return match[1]?.replaceAll('`', '').toLowerCase() === ourSchema.toLowerCase();
  return usedSchema === ourSchema && new RegExp(quoted(table), 'i').test(statement);
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
