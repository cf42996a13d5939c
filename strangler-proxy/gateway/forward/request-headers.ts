import * as fate from './header-names.js';

/** What must be known of a request before it is sent on. */
export interface ScreenedRequest {
  /** Names and values in turn, ready to be completed and sent on. */
  headers: string[];
  host: string | undefined;
  /** Bytes; -1 where it isn't said. */
  contentLength: number;
  chunked: boolean;
  /** The client's own, where it is valid. */
  requestId: string | undefined;
  /** Why the request can't be sent on: two readers could take it for different requests. */
  refusal: string | undefined;
}

/**
 * Goes through a request's headers once: keeps what is for the upstream, drops what is for us or between neighbours,
 * and refuses what upstreams could read in two ways.
 * @param rawHeaders names and values in turn, as Node gives them
 * @param peerIsTrusted whether its X-Forwarded-* and Forwarded may be believed
 */
export function screenRequest(
  rawHeaders: readonly string[],
  httpVersion: string,
  peerIsTrusted: boolean,
): ScreenedRequest {
  const screened: ScreenedRequest = {
    headers: [],
    host: undefined,
    contentLength: -1,
    chunked: false,
    requestId: undefined,
    refusal: undefined,
  };
  let listed: string[] | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const value = rawHeaders[at + 1] ?? '';
    switch (fate.fateOf(name)) {
      case fate.pass:
        screened.headers.push(name, value);
        break;
      case fate.forwarded:
        if (peerIsTrusted) screened.headers.push(name, value);
        break;
      case fate.host:
        takeHost(screened, value);
        break;
      case fate.contentLength:
        takeLength(screened, value);
        break;
      case fate.transferEncoding:
        takeEncoding(screened, value, httpVersion);
        break;
      case fate.requestId:
        if (isRequestId(value)) screened.requestId = value;
        break;
      case fate.connection:
        listed = namesListed(value, listed);
        break;
    }
  }
  if (screened.host === undefined && httpVersion !== '1.0') screened.refusal = 'names no host';
  if (screened.chunked && screened.contentLength !== -1)
    screened.refusal = 'has both a length and a transfer encoding';
  if (listed) screened.headers = without(screened.headers, listed);
  return screened;
}

function takeHost(screened: ScreenedRequest, value: string): void {
  if (screened.host !== undefined) screened.refusal = 'names two hosts';
  screened.host = value;
}

function takeLength(screened: ScreenedRequest, value: string): void {
  if (screened.contentLength !== -1) screened.refusal = 'says its length twice';
  screened.contentLength = Number(value);
  if (!Number.isSafeInteger(screened.contentLength)) screened.refusal = 'has a length that is no number';
}

function takeEncoding(screened: ScreenedRequest, value: string, httpVersion: string): void {
  if (screened.chunked || value.toLowerCase() !== 'chunked')
    screened.refusal = 'has a transfer encoding other than chunked';
  if (httpVersion === '1.0') screened.refusal = 'has a transfer encoding, which HTTP/1.0 does not know';
  screened.chunked = true;
}

function namesListed(value: string, before: string[] | undefined): string[] | undefined {
  if (value === 'keep-alive' || value === 'close') return before;
  const names = value.toLowerCase().split(',').map(trimBlanks);
  const others = names.filter((name) => name !== 'keep-alive' && name !== 'close' && name !== '');
  return others.length > 0 ? [...(before ?? []), ...others] : before;
}

/** Blanks and tabs only: `trim` would take other bytes than HTTP's, and turn one name into another. */
function trimBlanks(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

function without(headers: readonly string[], names: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? '';
    if (!names.includes(name.toLowerCase())) kept.push(name, headers[at + 1] ?? '');
  }
  return kept;
}

/** 1 to 128 of A-Z a-z 0-9 . _ -, by hand since this runs for each request. */
function isRequestId(value: string): boolean {
  if (value.length === 0 || value.length > 128) return false;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    const letter = (code | 32) >= 97 && (code | 32) <= 122;
    if (!letter && !(code >= 48 && code <= 57) && code !== 45 && code !== 46 && code !== 95) return false;
  }
  return true;
}

/** The peer that a request came from, as far as it is passed on. */
export interface Peer {
  address: string;
  trusted: boolean;
}

/** Adds what the upstream should know of the client's side of the connection. */
export function addForwarded(headers: string[], peer: Peer, host: string | undefined): void {
  if (!peer.trusted) {
    headers.push('x-forwarded-for', peer.address, 'x-forwarded-proto', 'http');
    if (host !== undefined) headers.push('x-forwarded-host', host);
    return;
  }
  const had = (wanted: string) =>
    headers.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === wanted);
  const chain = had('x-forwarded-for');
  if (chain === -1) headers.push('x-forwarded-for', peer.address);
  else headers[chain + 1] = `${headers[chain + 1]}, ${peer.address}`;
  if (had('x-forwarded-proto') === -1) headers.push('x-forwarded-proto', 'http');
  if (host !== undefined && had('x-forwarded-host') === -1) headers.push('x-forwarded-host', host);
}
