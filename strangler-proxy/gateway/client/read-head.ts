/** What came is no HTTP/1.1 answer, or one that two readers could take for different ones. */
export class MalformedAnswer extends Error {}

/** The head of an answer, and what it says of its body and its connection. */
export interface AnswerHead {
  status: number;
  phrase: string;
  /** Names and values in turn. */
  headers: string[];
  /** Bytes of the body; -1 where it isn't said. */
  length: number;
  chunked: boolean;
  /** Whether the connection may carry another request. */
  keepAlive: boolean;
  /** Seconds that the upstream keeps an idle connection; undefined where it doesn't say. */
  idleSeconds: number | undefined;
}

/** Header lines of one answer, more than which are refused. */
const maxLines = 2_000;

const cr = 13;
const lf = 10;
const tab = 9;
const space = 32;
const colon = 58;

/** 1 for each byte that a header's name may have (RFC 9110, 5.6.2). */
const tokenBytes = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
  tokenBytes[character.charCodeAt(0)] = 1;

/**
 * Reads the head of an answer (RFC 9112, 4 to 6).
 * @param text status line and header lines as Latin-1, each with its line end
 * @throws MalformedAnswer
 */
export function readHead(text: string): AnswerHead {
  const minor = text.charCodeAt(7) - 48;
  if (!text.startsWith('HTTP/1.') || (minor !== 0 && minor !== 1) || text.charCodeAt(8) !== space)
    throw new MalformedAnswer('the answer is no HTTP/1.1');
  const status = statusIn(text);
  const end = text.indexOf('\r', 12);
  if (end === -1 || text.indexOf('\n') !== end + 1)
    throw new MalformedAnswer('the status line has no proper end');
  const head: AnswerHead = {
    status,
    phrase: text.slice(13, end),
    headers: [],
    length: -1,
    chunked: false,
    keepAlive: minor === 1,
    idleSeconds: undefined,
  };
  readFields(text, end + 2, head.headers);
  takeFraming(head, minor);
  return head;
}

function statusIn(text: string): number {
  let status = 0;
  for (let at = 9; at < 12; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) throw new MalformedAnswer('the status is no number');
    status = status * 10 + digit;
  }
  const after = text.charCodeAt(12);
  if (status < 100 || (after !== space && after !== cr))
    throw new MalformedAnswer('the status has not three digits');
  return status;
}

/**
 * Adds the names and values of header lines to `fields`, without blanks around them: those before a colon, too, which a
 * proxy has to remove (RFC 9112, 5.1).
 * @param text ends with the end of a line
 * @throws MalformedAnswer
 */
export function readFields(text: string, from: number, fields: string[]): void {
  for (let at = from; at < text.length;) {
    const name = endOfName(text, at);
    const value = afterBlanks(text, afterBlanks(text, name) + 1);
    const end = endOfValue(text, value);
    let last = end;
    while (last > value && isBlank(text.charCodeAt(last - 1))) last--;
    fields.push(text.slice(at, name), text.slice(value, last));
    if (fields.length > 2 * maxLines) throw new MalformedAnswer('the answer has too many header lines');
    at = end + 2;
  }
}

function endOfName(text: string, from: number): number {
  let at = from;
  while (tokenBytes[text.charCodeAt(at)] === 1) at++;
  if (at === from || text.charCodeAt(afterBlanks(text, at)) !== colon)
    throw new MalformedAnswer('a header line has no proper name');
  return at;
}

function endOfValue(text: string, from: number): number {
  let at = from;
  let code = text.charCodeAt(at);
  while ((code >= space && code !== 127) || code === tab) code = text.charCodeAt(++at);
  if (code !== cr || text.charCodeAt(at + 1) !== lf)
    throw new MalformedAnswer('a header has a control character');
  return at;
}

function afterBlanks(text: string, from: number): number {
  let at = from;
  while (isBlank(text.charCodeAt(at))) at++;
  return at;
}

function isBlank(code: number): boolean {
  return code === space || code === tab;
}

/** Reads length, transfer encoding and connection; any doubt about where the answer ends refuses it. */
function takeFraming(head: AnswerHead, minor: number): void {
  const { headers } = head;
  let options = '';
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? '';
    // By its length first: that spares nearly all names the rest.
    if (name.length === 14) takeLength(head, name, headers[at + 1] ?? '');
    else if (name.length === 17) takeEncoding(head, name, headers[at + 1] ?? '', minor);
    else if (name.length === 10) options += optionsIn(head, name, headers[at + 1] ?? '');
  }
  if (options !== '')
    head.keepAlive =
      !/[\s,]close[\s,]/.test(options) && (minor === 1 || /[\s,]keep-alive[\s,]/.test(options));
  if (head.chunked && head.length !== -1)
    throw new MalformedAnswer('the answer has both a length and a transfer encoding');
}

function takeLength(head: AnswerHead, name: string, value: string): void {
  if (name !== 'Content-Length' && name.toLowerCase() !== 'content-length') return;
  if (head.length !== -1) throw new MalformedAnswer('the answer says its length twice');
  if (!/^\d{1,15}$/.test(value)) throw new MalformedAnswer('the length is no number');
  head.length = Number(value);
}

function takeEncoding(head: AnswerHead, name: string, value: string, minor: number): void {
  if (name.toLowerCase() !== 'transfer-encoding') return;
  if (head.chunked || value.toLowerCase() !== 'chunked')
    throw new MalformedAnswer('the answer has a transfer encoding other than chunked');
  if (minor === 0) throw new MalformedAnswer('HTTP/1.0 knows no transfer encoding');
  head.chunked = true;
}

/** @returns what the connection is to be, between commas */
function optionsIn(head: AnswerHead, name: string, value: string): string {
  const lower = name.toLowerCase();
  if (lower === 'connection') return `,${value.toLowerCase()},`;
  if (lower !== 'keep-alive') return '';
  const seconds = /(?:^|[\s,;])timeout=(\d{1,6})/i.exec(value)?.[1];
  if (seconds !== undefined) head.idleSeconds = Number(seconds);
  return '';
}
