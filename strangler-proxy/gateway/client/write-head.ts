import { type HttpRequest, isStreamed } from './call.js';

/** The request can't be written: one of its parts would be read as something else. */
export class UnwritableRequest extends Error {}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const target = /^[\x21-\x7e\x80-\xff]+$/;
const unfit = /[\0-\x08\x0a-\x1f\x7f\u0100-\uffff]/;

/** Methods of requests that say their length even when they have no body (RFC 9110, 8.6). */
const withBody = new Set(['POST', 'PUT', 'PATCH']);

/**
 * The head of a request, with its framing, as Latin-1.
 * @param authority of the upstream
 * @throws UnwritableRequest
 */
export function writeHead(request: HttpRequest, authority: string): string {
  const { method, host = authority } = request;
  if (!token.test(method)) throw new UnwritableRequest('the method is no token');
  if (!target.test(request.target))
    throw new UnwritableRequest('the target has a character that it may not have');
  if (unfit.test(host)) throw new UnwritableRequest('the host has a control character');
  // Written later, but refused now, as long as nothing is out.
  if (request.trailers) writeFields(request.trailers);
  const head = `${method} ${request.target} HTTP/1.1\r\nHost: ${host}\r\nConnection: keep-alive\r\n`;
  return `${head}${writeFields(request.headers)}${framing(request)}\r\n`;
}

/** @param fields names and values in turn @throws UnwritableRequest */
export function writeFields(fields: readonly string[]): string {
  let lines = '';
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? '';
    const value = fields[at + 1] ?? '';
    if (!token.test(name) || unfit.test(value))
      throw new UnwritableRequest(`the header ${name} can't be written`);
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** Whether the body goes out in chunks. */
function isChunked({ body, trailers }: HttpRequest): boolean {
  return isStreamed(body)
    ? body.length === -1
    : body !== null && trailers !== undefined && trailers.length > 0;
}

function framing(request: HttpRequest): string {
  const { body, method } = request;
  if (isChunked(request)) return 'Transfer-Encoding: chunked\r\n';
  if (body !== null) return `Content-Length: ${body.length}\r\n`;
  return withBody.has(method) ? 'Content-Length: 0\r\n' : '';
}
