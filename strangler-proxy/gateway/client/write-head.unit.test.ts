import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HttpRequest } from './call.js';
import { UnwritableRequest, writeHead } from './write-head.js';

const plain: HttpRequest = { method: 'GET', target: '/a', host: undefined, headers: [], body: null };

describe('the head of a request', () => {
  it.each<[Partial<HttpRequest>, string]>([
    [{}, ''],
    [{ method: 'POST' }, 'Content-Length: 0\r\n'],
    [{ method: 'POST', body: Buffer.from('hi') }, 'Content-Length: 2\r\n'],
    [{ method: 'POST', body: Buffer.from('hi'), trailers: ['A', 'b'] }, 'Transfer-Encoding: chunked\r\n'],
    [{ headers: ['A', 'b', 'A', '\xe9'] }, 'A: b\r\nA: \xe9\r\n'],
  ])('says how the body is sent: %j', (part, lines) => {
    expect(writeHead({ ...plain, ...part }, 'up:80')).toBe(
      `${part.method ?? 'GET'} /a HTTP/1.1\r\nHost: up:80\r\nConnection: keep-alive\r\n${lines}\r\n`,
    );
  });

  it.each<Partial<HttpRequest>>([
    { method: 'G T' },
    { method: '' },
    { target: '/a b' },
    { target: '' },
    { target: '/a\r\nX: y' },
    { host: 'a\r\nX: y' },
    { headers: ['A\r\nX', 'b'] },
    { headers: ['A', 'b\r\nX: y'] },
    { headers: ['A', 'b\0'] },
    { headers: ['A', '\u0100'] },
    { body: Buffer.from('x'), trailers: ['A', 'b\n'] },
  ])('is refused where a part would be read as something else: %j', (part) => {
    expect(() => writeHead({ ...plain, ...part }, 'up:80')).toThrow(UnwritableRequest);
  });

  it('has as many lines as the request has headers, whatever stands in them', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (fields) => {
        const lines = linesOf(fields.flat());
        expect(lines === 'unwritable' || lines === fields.length + 5).toBe(true);
      }),
    );
  });
});

function linesOf(headers: string[]): number | 'unwritable' {
  try {
    return writeHead({ ...plain, headers }, 'up:80').split(/\r\n|\r|\n/).length;
  } catch (error) {
    if (error instanceof UnwritableRequest) return 'unwritable';
    throw error;
  }
}
