import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isIP } from 'node:net';

/**
 * Finds out whether a request comes from a web page that is not ours. Browsers reach what listens on this machine for any page:
 * by a name of the page's own that leads here (DNS rebinding), or directly, across origins.
 * @param allowed host names, beside addresses and `localhost`, by which browsers and programs may call us, in lower case
 * @returns why it is refused, and what to do; undefined for requests of our own pages and of programs
 */
export function foreignTo(headers: IncomingHttpHeaders, allowed: readonly string[] = []): string | undefined {
  const { host, origin } = headers;
  // HTTP/1.0, which no browser speaks.
  if (host === undefined)
    return origin === undefined ? undefined : `it has an Origin, ${origin}, but no Host`;
  const name = hostName(host);
  if (name === undefined || !(isOurs(name) || allowed.includes(name)))
    return `its Host, ${shown(host)}, is not one of this machine: use an address, or localhost`;
  if (origin !== undefined && !isSameOrigin(origin, host))
    return `it was sent by another page, of ${shown(origin)}: open this page itself`;
  return isCrossSite(headers) ? 'it was sent by another page: open this page itself' : undefined;
}

/** Answers requests of other web pages with 403, and lets the listener answer all others. */
function refuseForeign(listener: RequestListener, allowed: readonly string[]): RequestListener {
  return (request, response) => {
    const reason = foreignTo(request.headers, allowed);
    if (reason === undefined) listener(request, response);
    else answerForeign(request, response, reason);
  };
}

/** Answers one that was refused. */
export function answerForeign(request: IncomingMessage, response: ServerResponse, reason: string): void {
  request.resume();
  response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`This request is refused: ${reason}.\n`);
}

/**
 * Keeps other web pages from what listens on this machine alone. What listens on further addresses is called by names that
 * nobody here knows, and is for its network to guard.
 * @param host address to listen on @param publicUrl where others reach it, behind a proxy
 */
export function guardLocal(listener: RequestListener, host: string, publicUrl?: string): RequestListener {
  if (!isLoopback(host)) return listener;
  return refuseForeign(listener, publicUrl === undefined ? [] : [new URL(publicUrl).hostname]);
}

/** Whether only this machine reaches what listens on a host. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** An address can't be made to lead elsewhere, and browsers look `localhost` up by themselves. */
function isOurs(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0;
}

/** The name of `name:port`, in lower case; undefined for what is none. */
function hostName(host: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host) ?? [];
  return (bracketed ?? plain)?.toLowerCase();
}

function isSameOrigin(origin: string, host: string): boolean {
  const wanted = host.toLowerCase();
  return [`http://${wanted}`, `https://${wanted}`].includes(origin.toLowerCase());
}

/** Pages may link to ours, which is what a browser says of a plain navigation of its window, and nothing else. */
function isCrossSite(headers: IncomingHttpHeaders): boolean {
  if (!['cross-site', 'same-site'].includes(headers['sec-fetch-site']?.toString() ?? '')) return false;
  return headers['sec-fetch-mode'] !== 'navigate' || headers['sec-fetch-dest'] !== 'document';
}

function shown(value: string): string {
  return JSON.stringify(value.slice(0, 200));
}
