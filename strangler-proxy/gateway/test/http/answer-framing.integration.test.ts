import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { ask } from '../support/http-client.js';
import { http, last, ok, statusesIn, valuesOf, wireForTest } from './wire.js';

const wire = wireForTest({
  monolithLimits: { breaker: { consecutive: 1_000, percent: 100, volume: 1_000_000 } },
});

const get = http(['GET /a HTTP/1.1', 'Host: x', 'Connection: close']);

/** What a client gets for an answer of the program. */
async function answered(text: string, request = get): Promise<string> {
  wire.answer = () => text;
  return wire.send(request);
}

/** What a client gets for an answer behind which the program closes its connection. */
async function answeredAndClosed(text: string, request = get): Promise<string> {
  wire.answer = (_request, socket) => void socket.end(text, 'latin1');
  return wire.send(request);
}

describe('an answer that clients could read in two ways', () => {
  const head = (...lines: string[]) => http(['HTTP/1.1 200 OK', ...lines], 'hello');
  const chunks = (body: string) => http(['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'], body);

  it.each([
    ['with a length and a transfer encoding', head('Content-Length: 5', 'Transfer-Encoding: chunked')],
    ['with two lengths', head('Content-Length: 5', 'Content-Length: 6')],
    ['with two lengths in one', head('Content-Length: 5, 5')],
    ['with a signed length', head('Content-Length: +5')],
    ['with a negative length', head('Content-Length: -5')],
    ['with an empty length', head('Content-Length:')],
    ['with another transfer encoding', head('Transfer-Encoding: gzip, chunked')],
    ['with an encoding that is none', head('Transfer-Encoding: xchunked')],
    ['with a transfer encoding twice', head('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')],
    [
      'with a transfer encoding, of HTTP/1.0',
      'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['with a folded header', head('X-A: 1', ' Content-Length: 5')],
    ['with a bare line feed', 'HTTP/1.1 200 OK\nContent-Length: 5\n\nhello'],
    ['with a bare return', head('X-A: 1\rContent-Length: 5')],
    ['with a zero byte', head('X-A: 1\0', 'Content-Length: 5')],
    ['with a name that is none', head('X A: 1', 'Content-Length: 5')],
    ['of another protocol', 'HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello'],
    ['of a status that is none', 'HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello'],
    ['of a status below 100', 'HTTP/1.1 099 OK\r\nContent-Length: 5\r\n\r\nhello'],
    ['that changes the protocol unasked', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'],
  ])('is a 502: %s', async (_what, text) => {
    expect(await answered(text)).toMatch(/^HTTP\/1\.1 502 [^]*application\/problem\+json/i);
    // What is left of it is nobody's answer.
    await eventually(() => expect(wire.open.size).toBe(0));
    expect(await answered(ok)).toMatch(/^HTTP\/1\.1 200 [^]*ok$/);
  });

  it.each([
    ['in a chunk without a size', chunks('\r\nhello\r\n0\r\n\r\n')],
    ['in a chunk of a size with a prefix', chunks('0x5\r\nhello\r\n0\r\n\r\n')],
    ['in a chunk of a size beyond numbers', chunks('10000000000000005\r\nhello\r\n0\r\n\r\n')],
    ['in a chunk longer than its size', chunks('5\r\nhello!\r\n0\r\n\r\n')],
    ['in a chunk without an end', chunks('5\r\nhello0\r\n\r\n')],
    ['in trailers with a line feed', chunks('5\r\nhello\r\n0\r\nX-A: 1\n\r\n')],
  ])('is cut off where that shows in its body: %s', async (_what, text) => {
    const received = await answered(text);
    expect(received).toMatch(/^(HTTP\/1\.1 (200|502) |$)/);
    expect(received).not.toMatch(/\r\n0\r\n\r\n$/);
    expect(await answered(ok)).toMatch(/^HTTP\/1\.1 200 [^]*ok$/);
  });
});

describe('an answer that breaks off', () => {
  it.each([
    ['before its head is whole', 'HTTP/1.1 200 OK\r\nContent-Le', /^HTTP\/1\.1 502 /],
    ['behind an interim one', 'HTTP/1.1 103 Early Hints\r\n\r\n', /^HTTP\/1\.1 103 [^]*HTTP\/1\.1 502 /],
    [
      'before all of its length',
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello',
      /Content-Length: 9[^]*\r\n\r\n(hello)?$/,
    ],
    [
      'before its last chunk',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
      /\r\n\r\n5\r\nhello\r\n$/,
    ],
    [
      'in its trailers',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-A',
      /\r\n\r\n5\r\nhello\r\n$/,
    ],
  ])('never looks whole: %s', async (_where, text, expected) => {
    expect(await answeredAndClosed(text)).toMatch(expected);
  });

  it('by the end of its connection is whole where nothing else says its length', async () => {
    const until = 'HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\nhello';
    expect(await answeredAndClosed(until)).toMatch(/\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/);
    const old = await answeredAndClosed(until, 'GET /a HTTP/1.0\r\n\r\n');
    expect(old).toMatch(/\r\n\r\nhello$/);
    expect(valuesOf(old, 'Connection')).toEqual(['close']);
  });
});

describe('an answer', () => {
  it('of HTTP/1.0 is passed on in the gateway’s own version', async () => {
    expect(await answeredAndClosed('HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok')).toMatch(
      /^HTTP\/1\.1 200 OK\r\n/,
    );
  });

  it('in chunks to a client of HTTP/1.0 has none', async () => {
    const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n';
    const received = await answered(text, http(['GET /a HTTP/1.0', 'Connection: keep-alive']));
    expect(received).toMatch(/\r\n\r\nok$/);
    expect(received).not.toMatch(/Transfer-Encoding/i);
  });

  it('has its body byte by byte, whatever it is coded in', async () => {
    const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');
    const received = await answered(
      http(['HTTP/1.1 200 OK', 'Content-Encoding: gzip', 'Content-Length: 256'], bytes),
    );
    expect(received.endsWith(`\r\n\r\n${bytes}`)).toBe(true);
  });

  it.each([
    ['206 of one range', 206, ['Content-Range: bytes 0-4/9', 'Content-Length: 5'], 'hello'],
    ['206 of several', 206, ['Content-Type: multipart/byteranges; boundary=a', 'Content-Length: 5'], '--a--'],
    ['416', 416, ['Content-Range: bytes */9', 'Content-Length: 0'], ''],
    ['412', 412, ['Content-Length: 0'], ''],
    ['304 with tags and a length', 304, ['ETag: "a"', 'Content-Length: 99'], ''],
    ['205', 205, ['Content-Length: 0'], ''],
    ['401', 401, ['WWW-Authenticate: Basic', 'Content-Length: 0'], ''],
    ['421 of the program itself', 421, ['Content-Length: 0'], ''],
    ['426', 426, ['Upgrade: x', 'Connection: Upgrade', 'Content-Length: 0'], ''],
    ['429', 429, ['Retry-After: 5', 'Content-Length: 0'], ''],
    ['503 of the program itself', 503, ['Retry-After: 60', 'Content-Length: 3'], 'own'],
    ['599', 599, ['Content-Length: 0'], ''],
    ['a status that nobody knows', 799, ['Content-Length: 0'], ''],
  ])('%s is passed on', async (_what, status, headers, body) => {
    const received = await answered(http([`HTTP/1.1 ${status} Own`, ...headers], body));
    expect(received.startsWith(`HTTP/1.1 ${status} Own\r\n`)).toBe(true);
    for (const line of headers.filter((header) => !/^(Upgrade|Connection)/.test(header)))
      expect(received).toContain(`\r\n${line}\r\n`);
    expect(received.endsWith(`\r\n\r\n${body}`)).toBe(true);
    expect(wire.seen).toHaveLength(1);
  });

  it('to HEAD keeps the length that it would have', async () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n';
    const received = await answered(
      text,
      http(['HEAD /a HTTP/1.1', 'Host: x']) + last.replace('GET', 'HEAD'),
    );
    expect(received.match(/\r\nContent-Length: 1234\r\n/g)).toHaveLength(2);
    expect(received.endsWith('\r\n\r\n')).toBe(true);
  });

  it('that says nothing of its kind gets no guess', async () => {
    expect(await answered(ok)).not.toMatch(/\r\nContent-Type/i);
  });

  it('that is late is a 504', async () => {
    wire.answer = () => undefined;
    const url = await wire.start({ monolithLimits: { timeouts: { answer: '300ms' } } });
    expect((await ask(`${url}/late`)).status).toBe(504);
  });
});

describe('what a program says that nobody asked for', () => {
  it('behind an answer is nobody’s answer', async () => {
    const forged = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged';
    const received = await answered(ok + forged, http(['GET /a HTTP/1.1', 'Host: x']) + last);
    expect(received).not.toContain('forged');
    expect(statusesIn(received)).toEqual([200, 200]);
    expect(wire.connections).toBeGreaterThan(1);
  });

  it('behind an answer without a body is nobody’s answer', async () => {
    const forged = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged';
    for (const status of [204, 304]) {
      const received = await answered(
        `HTTP/1.1 ${status} Own\r\n\r\n${forged}`,
        http(['GET /a HTTP/1.1', 'Host: x']) + last,
      );
      expect(received).not.toContain('forged');
      expect(statusesIn(received)).toEqual([status, status]);
    }
  });

  it('behind the head of an answer to HEAD is nobody’s answer', async () => {
    // A body where there must be none, that looks like the next answer.
    const forged = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged';
    wire.answer = (request) =>
      request.startsWith('HEAD') ? http(['HTTP/1.1 200 OK', `Content-Length: ${forged.length}`], forged) : ok;
    const received = await wire.send(http(['HEAD /a HTTP/1.1', 'Host: x']) + last);
    expect(received).not.toContain('forged');
    expect(received).toMatch(/\r\n\r\nok$/);
  });

  it('on an idle connection ends that connection', async () => {
    expect(await answered(ok)).toContain('ok');
    const [idle] = wire.open;
    idle?.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged');
    await eventually(() => expect(wire.open.size).toBe(0));
    expect(await answered(ok)).toMatch(/\r\n\r\nok$/);
  });

  it('to a body that it took for a second request is nobody’s answer', async () => {
    // A program that ignores the length, as one that is open to CL.0 does.
    wire.answer = () => `${ok}HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n`;
    const text = http(['POST /a HTTP/1.1', 'Host: x', 'Content-Length: 5'], 'hello');
    expect(statusesIn(await wire.send(text + last))).toEqual([200, 200]);
  });
});
