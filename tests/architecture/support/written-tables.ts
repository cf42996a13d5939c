/** Stands in a name for what is only known at run time. */
export const unknown = '\0';

const name = '[`\\w.|\\0]+';

/** Each finds what a statement writes, wherever in a text it begins: triggers and common table expressions have it inside. */
const writes = [
  `\\b(?:INSERT|REPLACE)\\s+(?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE)\\s+)*INTO\\s+(${name})`,
  // "FOR UPDATE" locks, and "ON DUPLICATE KEY UPDATE" is part of an INSERT.
  '(?<!\\b(?:FOR|KEY)\\s+)\\bUPDATE\\s+([^;]+?)\\sSET\\b',
  '\\bDELETE\\s+((?:[^;()]+?\\s)??FROM\\s+[^;]+?)(?=\\s+(?:WHERE|SET|ORDER|LIMIT)\\b|;|$)',
  `\\bTRUNCATE\\s+(?:TABLE\\s+)?(${name})`,
  `\\bLOAD\\s+(?:DATA|XML)\\b[^;]*?\\bINTO\\s+TABLE\\s+(${name})`,
];

/** Text for people has such words, too, but not in capitals, and it does not begin with them. */
const beginsAsSql = /^\s*(insert|replace|update|delete|truncate|load|with|create)\s/i;

/**
 * Names that stand where SQL says what it writes; with `unknown` in those that are made at run time. A few words more may
 * be among them, such as the name of a joined table.
 */
export function writtenNames(text: string): string[] {
  const flags = beginsAsSql.test(text) ? 'gi' : 'g';
  return writes.flatMap((pattern) =>
    [...text.matchAll(new RegExp(pattern, flags))].flatMap(([, target = '']) =>
      target
        .replaceAll('`', '')
        .split(/[^\w\0]+/)
        .filter((word) => word !== ''),
    ),
  );
}

/** Those of some tables that a name can be. */
export function tablesNamed(word: string, tables: Iterable<string>): string[] {
  const pattern = new RegExp(`^${word.split(unknown).join('.*')}$`);
  return [...tables].filter((table) => pattern.test(table));
}
