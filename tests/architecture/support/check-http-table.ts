/** Suites by their names: the text of each. */
export type Suites = ReadonlyMap<string, string>;

/**
 * What is wrong with the tables of a document that names tests, as `suite` “title”: rows that name none, suites that do not
 * exist, and titles that stand in no string of their suite.
 * @returns a line for each
 */
export function checkHttpTable(document: string, suites: Suites): string[] {
  const rows = document
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\| (?:-|clause|class)/.test(line));
  return rows.flatMap((row) => {
    const [first = '', ...cells] = row.split(' | ');
    const named = [...(cells.at(-1) ?? '').matchAll(/`([\w-]+)` “([^”]+)”/g)];
    const clause = first.replace(/^\| */, '').trim();
    if (named.length === 0) return [`${clause} names no test`];
    return named.flatMap(([, suite = '', title = '']) => {
      const text = suites.get(suite);
      if (text === undefined) return [`${clause}: there is no suite ${suite}`];
      return hasString(text, title) ? [] : [`${clause}: ${suite} has no test “${title}”`];
    });
  });
}

function hasString(text: string, value: string): boolean {
  return ["'", '"', '`'].some((quote) => text.includes(`${quote}${value}${quote}`));
}
