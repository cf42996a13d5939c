import * as fate from './header-names.js';
import { isHost } from './read-target.js';

/** What must be known of a request before it is sent on. */
export interface ScreenedRequest {
  /** Names and values in turn, ready to be completed and sent on. */
  headers: string[];
  host: string | undefined;
  /** Bytes; -1 where it isn't said. */
  contentLength: number;
  chunked: boolean;
  /** The client waits for a sign before it sends its body. */
  expectsContinue: boolean;
  /** Who has passed it on before, as their Via headers say. */
  via: string | undefined;
  /** How many more may pass it on, as it says. */
  maxForwards: string | undefined;
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
    expectsContinue: false,
    via: undefined,
    maxForwards: undefined,
    requestId: undefined,
    refusal: undefined,
  };
  let listed: string[] | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const value = rawHeaders[at + 1] ?? '';
    switch (fate.fateOf(name)) {
      case fate.pass:
      case fate.trailer:
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
        takeRequestId(screened, value);
        break;
      case fate.expect:
        takeExpectation(screened, value);
        break;
      case fate.via:
        screened.via = `${screened.via ?? ''}, ${value}`;
        screened.headers.push(name, value);
        break;
      case fate.maxForwards:
        takeMaxForwards(screened, value);
        screened.headers.push(name, value);
        break;
      case fate.connection:
        listed = namesListed(value, listed);
        break;
    }
  }
  checkTogether(screened, httpVersion);
  if (listed) screened.headers = without(screened.headers, listed);
  return screened;
}

/** What shows only when all headers are known. */
function checkTogether(screened: ScreenedRequest, httpVersion: string): void {
  if (httpVersion === '1.0') screened.expectsContinue = false;
  else if (screened.host === undefined) screened.refusal = 'names no host';
  // Node's parser takes 0.9 and 2.0, too.
  if (httpVersion !== '1.1' && httpVersion !== '1.0')
    screened.refusal = 'is of a version other than HTTP/1.0 and HTTP/1.1';
  if (screened.chunked && screened.contentLength !== -1)
    screened.refusal = 'has both a length and a transfer encoding';
}

function takeHost(screened: ScreenedRequest, value: string): void {
  if (screened.host !== undefined) screened.refusal = 'names two hosts';
  else if (!isHost(value)) screened.refusal = 'names an ill-formed host';
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

function takeRequestId(screened: ScreenedRequest, value: string): void {
  if (isRequestId(value)) screened.requestId = value;
}

function takeExpectation(screened: ScreenedRequest, value: string): void {
  if (value.toLowerCase() === '100-continue') screened.expectsContinue = true;
  else screened.refusal = 'expects something other than 100-continue';
}

function takeMaxForwards(screened: ScreenedRequest, value: string): void {
  if (screened.maxForwards !== undefined || !/^\d{1,9}$/.test(value))
    screened.refusal = 'says in two ways, or not in digits, how often it may be passed on';
  screened.maxForwards = value;
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
