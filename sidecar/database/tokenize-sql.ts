/** A piece of an SQL statement. Comments and white space are no pieces. */
export interface SqlToken {
  /** `name` is an identifier in quotes, `word` one without, or a keyword. */
  kind: 'word' | 'name' | 'text' | 'number' | 'mark';
  /** Without its quotes. */
  text: string;
}

/** What a statement's text leaves open: it depends on the server's version, and on the session's SQL mode. */
interface Reading {
  /** The server runs what is inside executable comments. */
  runsComments: boolean;
  /** A backslash in a text takes the next character's meaning away. */
  escapes: boolean;
}

/**
 * The pieces of a statement, once for each way in which a server could read it: with and without the content of
 * executable comments (`/*!50000 ... *\/`, `/*M! ... *\/`), and with and without backslash escapes.
 */
export function readingsOf(sql: string): SqlToken[][] {
  const comments = /\/\*M?!/.test(sql) ? [true, false] : [true];
  const escapes = sql.includes('\\') ? [true, false] : [true];
  return comments.flatMap((runsComments) =>
    escapes.map((one) => tokenizeSql(sql, { runsComments, escapes: one })),
  );
}

const space = /\s/;
const wordStart = /[A-Za-z_$@\u0080-\uffff]/;
const wordPart = /[\w$@\u0080-\uffff]/;

function tokenizeSql(sql: string, reading: Reading): SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;

  function add(kind: SqlToken['kind'], text: string, end: number): void {
    tokens.push({ kind, text });
    at = end;
  }

  while (at < sql.length) {
    const char = sql.charAt(at);
    const behind = skip(sql, at, reading);
    if (behind > at) at = behind;
    else if (char === '`' || char === '"' || char === "'") {
      const { text, end } = readQuoted(sql, at, char !== '`' && reading.escapes);
      add(char === "'" ? 'text' : 'name', text, end);
    } else if (wordStart.test(char) || /[0-9]/.test(char)) {
      const end = endOf(sql, at, wordPart);
      const text = sql.slice(at, end);
      add(/^[0-9]+$/.test(text) ? 'number' : 'word', text, end);
    } else add('mark', char, at + 1);
  }
  return tokens;
}

/** @returns where to read on behind a space, a comment, or the end of an executable comment; `at` where there is none */
function skip(sql: string, at: number, reading: Reading): number {
  const [char, next] = [sql.charAt(at), sql.charAt(at + 1)];
  if (space.test(char)) return at + 1;
  if (char === '#') return lineEnd(sql, at);
  if (char === '-' && next === '-' && /^\s?$/.test(sql.charAt(at + 2))) return lineEnd(sql, at);
  if (char === '/' && next === '*') return skipComment(sql, at, reading);
  return char === '*' && next === '/' ? at + 2 : at;
}

function lineEnd(sql: string, at: number): number {
  const end = sql.indexOf('\n', at);
  return end === -1 ? sql.length : end + 1;
}

/** @returns where to read on: behind the comment, or inside one that the server runs */
function skipComment(sql: string, at: number, { runsComments }: Reading): number {
  const executable = /^\/\*M?!\d{0,6}/.exec(sql.slice(at, at + 12));
  if (executable && runsComments) return at + executable[0].length;
  const end = sql.indexOf('*/', at + 2);
  return end === -1 ? sql.length : end + 2;
}

function readQuoted(sql: string, at: number, escapes: boolean): { text: string; end: number } {
  const quote = sql.charAt(at);
  let text = '';
  let from = at + 1;
  while (from < sql.length) {
    const char = sql.charAt(from);
    if (char === '\\' && escapes) {
      text += sql.charAt(from + 1);
      from += 2;
    } else if (char !== quote) {
      text += char;
      from += 1;
    } else if (sql.charAt(from + 1) === quote) {
      text += quote;
      from += 2;
    } else return { text, end: from + 1 };
  }
  return { text, end: from };
}

function endOf(sql: string, at: number, part: RegExp): number {
  let end = at + 1;
  while (end < sql.length && part.test(sql.charAt(end))) end += 1;
  return end;
}

/** Whether a token is one of these keywords, which are in capitals. */
export function isWord(token: SqlToken | undefined, ...words: readonly string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toUpperCase());
}
