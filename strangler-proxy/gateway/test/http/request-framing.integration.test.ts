import { describe, expect, it } from '@jest/globals';
import { http, last, ok, smuggled, statusesIn, wireForTest } from './wire.js';

const wire = wireForTest({ limits: { headers: '8 KiB', upload: '64 KiB' } });

/** Sends bytes with two requests behind them, of which none may be carried out. */
async function expectRefused(text: string): Promise<string> {
  const received = await wire.send(text + smuggled + smuggled);
  expect(statusesIn(received)).toHaveLength(1);
  expect(received).toMatch(/^HTTP\/1\.1 4\d\d [^]*application\/problem\+json/i);
  expect(wire.seen).toEqual([]);
  return received;
}

const post = 'POST /a HTTP/1.1';
const chunked = 'Transfer-Encoding: chunked';
const inChunks = (body: string) => http([post, 'Host: x', chunked], body);
const get = (...headers: string[]) => http(['GET /a HTTP/1.1', 'Host: x', ...headers]);

describe('a request line', () => {
  it.each([
    ['of another major version', http(['GET /a HTTP/2.0', 'Host: x'])],
    ['of a version before headers', http(['GET /a HTTP/0.9', 'Host: x'])],
    ['of a minor version that the parser does not know', http(['GET /a HTTP/1.2', 'Host: x'])],
    ['of a version in more digits', http(['GET /a HTTP/1.10', 'Host: x'])],
    ['of a version with a zero before it', http(['GET /a HTTP/01.1', 'Host: x'])],
    ['of a version with a return in it', http(['GET /a HTTP/\r1.1', 'Host: x'])],
    ['of lower case letters', http(['GET /a http/1.1', 'Host: x'])],
    ['without a version', 'GET /a\r\n\r\n'],
    ['without a target', http(['GET HTTP/1.1', 'Host: x'])],
    ['with a tab for a blank', http(['GET\t/a HTTP/1.1', 'Host: x'])],
    ['with a line feed for a blank', http(['GET /a\nHTTP/1.1', 'Host: x'])],
    ['with a blank in the target', http(['GET /a b HTTP/1.1', 'Host: x'])],
    ['with a blank at its end', http(['GET /a HTTP/1.1 ', 'Host: x'])],
    ['with a blank before it', ` ${get()}`],
    ['with a method that is no token', http(['G@T /a HTTP/1.1', 'Host: x'])],
    ['with a method in small letters', http(['get /a HTTP/1.1', 'Host: x'])],
    ['with a method that the parser does not know', http(['BREW /a HTTP/1.1', 'Host: x'])],
    ['that opens HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['that opens TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
  ])('is refused: %s', async (_what, text) => {
    await expectRefused(text);
  });

  it('may have an empty line before it', async () => {
    expect(statusesIn(await wire.send(`\r\n${last}`))).toEqual([200]);
    expect(wire.seen).toHaveLength(1);
  });

  it('with more blanks than one before its target is written with one', async () => {
    await wire.send(last.replace('GET /', 'GET   /'));
    expect(wire.seen[0]).toMatch(/^GET \/last HTTP\/1\.1\r\n/);
  });

  it('of 8,000 bytes is passed on', async () => {
    const target = `/${'a'.repeat(7_900)}`;
    await wire.send(http([`GET ${target} HTTP/1.1`, 'Host: x', 'Connection: close']));
    expect(wire.seen[0]).toContain(`GET ${target} HTTP/1.1\r\n`);
  });

  it('that is too long is refused by 431', async () => {
    expect(await expectRefused(http([`GET /${'a'.repeat(9_000)} HTTP/1.1`, 'Host: x']))).toMatch(
      /^HTTP\/1\.1 431 /,
    );
  });
});

describe('a header line', () => {
  it.each([
    ['that ends with a bare line feed', 'GET /a HTTP/1.1\r\nHost: x\nX-A: 1\r\n\r\n'],
    ['that ends with a bare return', 'GET /a HTTP/1.1\r\nHost: x\rX-A: 1\r\n\r\n'],
    ['with a bare return in its value', get('X-A: a\rb')],
    ['with a return at its end', get('X-A: a\r')],
    ['with a return before its name', get('\rX-A: a')],
    ['with a zero byte in its value', get('X-A: a\0b')],
    ['with a control in its value', get('X-A: a\x01b')],
    ['with a zero byte in its name', get('X\0A: a')],
    ['with a blank in its name', get('X A: a')],
    ['with a blank before its colon', get('X-A : a')],
    ['with a tab before its colon', get('X-A\t: a')],
    ['with a name beyond ASCII', get('X-\xe4: a')],
    ['without a name', get(': a')],
    ['without a colon', get('X-A')],
    ['that is folded', get('X-A: a', ' b')],
    ['that is folded by a tab', get('X-A: a', '\tb')],
    ['that is folded into nothing', get('X-A: a', ' ')],
    ['that is the first, with a blank before it', http(['GET /a HTTP/1.1', ' Host: x', 'Host: x'])],
    ['that is the first, with a tab before it', http(['GET /a HTTP/1.1', '\tHost: x', 'Host: x'])],
    ['before a head that ends with line feeds', 'GET /a HTTP/1.1\r\nHost: x\n\n'],
    ['before a head that ends with returns', 'GET /a HTTP/1.1\r\nHost: x\r\r'],
    ['before a head that ends with half an empty line', 'GET /a HTTP/1.1\r\nHost: x\r\n\rX'],
  ])('is refused: %s', async (_what, text) => {
    await expectRefused(text);
  });

  it('is passed on with the bytes of its value as they are, without blanks around them', async () => {
    await wire.send(get('X-A: \t a\xff\x80"\\ b \t', 'X-Empty:', 'Connection: close'));
    expect(wire.seen[0]).toMatch(/\r\nX-A: a\xff\x80"\\ b\r\nX-Empty: \r\n/);
  });
});

describe('a length', () => {
  it.each([
    ['beside a transfer encoding', 'Content-Length: 5', chunked],
    ['behind a transfer encoding', chunked, 'Content-Length: 5'],
    ['that is said twice', 'Content-Length: 5', 'Content-Length: 6'],
    ['that is said twice alike', 'Content-Length: 5', 'Content-Length: 5'],
    ['that is said twice in one line', 'Content-Length: 5, 5'],
    ['that is signed', 'Content-Length: +5'],
    ['that is negative', 'Content-Length: -5'],
    ['that is hexadecimal', 'Content-Length: 0x5'],
    ['that is no integer', 'Content-Length: 5.0'],
    ['with an underscore', 'Content-Length: 1_0'],
    ['with a blank within', 'Content-Length: 1 0'],
    ['that is empty', 'Content-Length:'],
    ['that is empty before another', 'Content-Length:', 'Content-Length: 5'],
    ['that is a word', 'Content-Length: five'],
    ['that is beyond numbers', 'Content-Length: 18446744073709551621'],
    ['that no program counts exactly', 'Content-Length: 9007199254740993'],
    ['that is folded', 'Content-Length:', ' 5'],
    ['with a blank before its colon', 'Content-Length : 5'],
    ['with a blank before its name', 'X-A: 1', ' Content-Length: 5'],
    ['with a byte that some take for a blank', 'Content-Length: \xa05'],
    ['with a vertical tab', 'Content-Length: \x0b5'],
  ])('is refused: %s', async (_what, ...headers) => {
    await expectRefused(http([post, 'Host: x', ...headers], 'hello'));
  });

  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    'counts for %s too, so that a body is no request',
    async (method) => {
      const text = http([`${method} /a HTTP/1.1`, 'Host: x', `Content-Length: ${smuggled.length}`], smuggled);
      wire.answer = (request) => (request.startsWith('HEAD') ? ok.replace(/ok$/, '') : ok);
      expect(statusesIn(await wire.send(text + last))).toEqual([200, 200]);
      expect(wire.seen).toHaveLength(2);
      expect(wire.seen[0]?.endsWith(smuggled)).toBe(true);
    },
  );

  it('with zeros before it is passed on as a plain number', async () => {
    await wire.send(http([post, 'Host: x', 'Content-Length: 0005', 'Connection: close'], 'hello'));
    expect(wire.seen[0]).toMatch(/\r\nContent-Length: 5\r\n(\S+: [^\r]*\r\n)*\r\nhello$/i);
  });

  it('is a promise: a body that breaks off before it never looks whole', async () => {
    for (const length of [6, 60_000])
      await wire.breakOff(http([post, 'Host: x', `Content-Length: ${length}`], 'hello'));
    await wire.send(last);
    expect(wire.seen.map((request) => request.slice(0, 9))).toEqual(['GET /last']);
  });

  it('that is missing means no body', async () => {
    expect(statusesIn(await wire.send(http([post, 'Host: x']) + last))).toEqual([200, 200]);
    expect(wire.seen[0]).toMatch(/\r\nContent-Length: 0\r\n/);
  });
});

describe('a transfer encoding', () => {
  it.each([
    ['before chunked', 'Transfer-Encoding: gzip, chunked'],
    ['behind chunked', 'Transfer-Encoding: chunked, gzip'],
    ['of nothing', 'Transfer-Encoding:'],
    ['of identity', 'Transfer-Encoding: identity'],
    ['of identity before chunked', 'Transfer-Encoding: identity, chunked'],
    ['of a name like it', 'Transfer-Encoding: xchunked'],
    ['of a part of its name', 'Transfer-Encoding: chunk'],
    ['in quotes', 'Transfer-Encoding: "chunked"'],
    ['with parameters', 'Transfer-Encoding: chunked;ext=val'],
    ['twice in one line', 'Transfer-Encoding: chunked, chunked'],
    ['with a comma before it', 'Transfer-Encoding: , chunked'],
    ['with a comma behind it', 'Transfer-Encoding: chunked,'],
    ['in two lines', chunked, chunked],
    ['in two lines of which one is none', 'Transfer-Encoding: cow', chunked],
    ['in two lines of which the second is none', chunked, 'Transfer-Encoding: cow'],
    ['on a line of its own', 'Transfer-Encoding:', ' chunked'],
    ['behind a bare line feed', 'X-A: 1\nTransfer-Encoding: chunked'],
    ['behind a bare return', 'X-A: 1\rTransfer-Encoding: chunked'],
    ['folded into another header', 'X-A: 1', ' Transfer-Encoding: chunked'],
  ])('is refused: %s', async (_what, ...headers) => {
    await expectRefused(http([post, 'Host: x', ...headers], '0\r\n\r\n'));
  });

  it('is refused in HTTP/1.0', async () => {
    await expectRefused(http(['POST /a HTTP/1.0', 'Host: x', chunked], '0\r\n\r\n'));
  });

  it('by a name that programs could take for it is not passed on', async () => {
    const headers = ['Transfer_Encoding: chunked', 'Content_Length: 9', 'Transfer-Encodin: chunked'];
    expect(statusesIn(await wire.send(http([post, 'Host: x', ...headers]) + last))).toEqual([200, 200]);
    expect(wire.seen[0]).not.toMatch(/_/);
    expect(wire.seen[0]).toMatch(/\r\nContent-Length: 0\r\n/);
  });

  it('in any case, with blanks around it, is read as every program reads it', async () => {
    const text = http([post, 'Host: x', 'tRANSFER-eNCODING:\t cHUNKED '], '2\r\nhi\r\n0\r\n\r\n');
    expect(statusesIn(await wire.send(text + last))).toEqual([200, 200]);
    expect(wire.seen[0]).toMatch(/\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n$/);
  });

  it('with any byte around name or value is refused, or read as one', async () => {
    const places = [
      (byte: string) => `${byte}Transfer-Encoding: chunked`,
      (byte: string) => `Transfer-Encoding${byte}: chunked`,
      (byte: string) => `Transfer-Encoding:${byte}chunked`,
      (byte: string) => `Transfer-Encoding: chunked${byte}`,
      (byte: string) => `Transfer${byte}Encoding: chunked`,
      (byte: string) => `X-A: 1${byte}Transfer-Encoding: chunked`,
    ];
    const body = `5\r\nhello\r\n0\r\n\r\n${smuggled}`;
    for (let code = 0; code < 256; code += 1) {
      const texts = places.map((place) =>
        http([post, 'Host: x', place(String.fromCharCode(code)), `Content-Length: ${body.length}`], body),
      );
      wire.seen = [];
      const answers = await Promise.all(texts.map((text) => wire.send(text + last)));
      // Either nothing but a refusal, or the body is as long as its length says, for both.
      const passed = answers.filter((received) => !/^HTTP\/1\.1 400 /.test(received));
      for (const received of passed) expect(statusesIn(received)).toEqual([200, 200]);
      expect(wire.seen.filter((request) => request.startsWith('GET /smuggled'))).toEqual([]);
      const posts = wire.seen.filter((request) => request.startsWith('POST'));
      expect(posts).toHaveLength(passed.length);
      for (const request of posts) {
        expect(request).toMatch(/\r\nContent-Length: \d+\r\n/i);
        expect(request).not.toMatch(/\r\nTransfer[-_]Encoding:/i);
        expect(request.endsWith(body)).toBe(true);
      }
    }
  });
});

describe('a chunk', () => {
  it.each([
    ['without a size', '\r\nhello\r\n0\r\n\r\n'],
    ['of an empty size', ';a=b\r\nhello\r\n0\r\n\r\n'],
    ['of a size with a prefix', '0x5\r\nhello\r\n0\r\n\r\n'],
    ['of a signed size', '+5\r\nhello\r\n0\r\n\r\n'],
    ['of a negative size', '-5\r\nhello\r\n0\r\n\r\n'],
    ['of a size with an underscore', '0_5\r\nhello\r\n0\r\n\r\n'],
    ['of a size with a blank before it', ' 5\r\nhello\r\n0\r\n\r\n'],
    ['of a size that is none', 'g\r\nhello\r\n0\r\n\r\n'],
    ['of a size with a return in it', '5\r5\r\nhello\r\n0\r\n\r\n'],
    ['of a size beyond numbers', '10000000000000005\r\nhello\r\n0\r\n\r\n'],
    ['of a size behind a bare line feed', '5\nhello\r\n0\r\n\r\n'],
    ['with a line feed in its extension', '5;\nhello\r\n0\r\n\r\n'],
    ['with a return in its extension', '5;a\rb\r\nhello\r\n0\r\n\r\n'],
    ['with a zero byte in its extension', '5;\0\r\nhello\r\n0\r\n\r\n'],
    ['that is longer than its size', '5\r\nhelloX\r\n0\r\n\r\n'],
    ['that is shorter than its size', '6\r\nhello\r\n0\r\n\r\n'],
    ['that ends with a bare line feed', '5\r\nhello\n0\r\n\r\n'],
    ['that ends with a bare return', '5\r\nhello\r0\r\n\r\n'],
    ['that ends with two other bytes', '5\r\nhelloXX0\r\n\r\n'],
    ['behind an empty line', '5\r\nhello\r\n\r\n0\r\n\r\n'],
    ['that is the last, with bytes behind it', '5\r\nhello\r\n0\r\nX\r\n'],
    ['before trailers with a line feed', '5\r\nhello\r\n0\r\nX-A: 1\n\r\n'],
    ['before a trailer without a name', '5\r\nhello\r\n0\r\n: a\r\n\r\n'],
    ['before a trailer with a blank in its name', '5\r\nhello\r\n0\r\nX A: a\r\n\r\n'],
  ])('is refused: %s', async (_what, body) => {
    await expectRefused(inChunks(body));
  });

  it('is read as it is by all, and its extensions end here', async () => {
    const body = '5;a="b";c\r\nhello\r\n000006\r\n world\r\nA\r\n0123456789\r\n0;x=y\r\n\r\n';
    expect(statusesIn(await wire.send(inChunks(body) + last))).toEqual([200, 200]);
    expect(bodyIn(wire.seen[0] ?? '')).toBe('hello world0123456789');
    expect(wire.seen[0]).not.toMatch(/[;"]/);
  });

  it('has extensions of limited length', async () => {
    await expectRefused(inChunks(`5;a=${'x'.repeat(100_000)}\r\nhello\r\n0\r\n\r\n`));
  });

  it('in any pieces makes the same body', async () => {
    const text = `${inChunks('5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n')}${last}`;
    for (let cut = 60; cut < text.length - last.length; cut += 3) {
      wire.seen = [];
      expect(statusesIn(await wire.send(text.slice(0, cut), text.slice(cut)))).toEqual([200, 200]);
      expect(bodyIn(wire.seen[0] ?? '')).toBe('hello');
      expect(wire.seen[0]).toMatch(/\r\n0\r\nX-Sum: 1\r\n\r\n$/);
    }
  });

  it('that never comes makes no whole request', async () => {
    for (const body of ['5\r\nhel', '5\r\nhello\r\n', '5\r\nhello\r\n0\r\n', '5\r\nhello\r\n0\r\nX-A: 1\r\n'])
      await wire.breakOff(inChunks(body));
    await wire.send(last);
    expect(wire.seen.map((request) => request.slice(0, 9))).toEqual(['GET /last']);
  });
});

/** What is in the chunks of a request. */
function bodyIn(request: string): string {
  let rest = request.slice(request.indexOf('\r\n\r\n') + 4);
  let body = '';
  for (;;) {
    const size = Number.parseInt(rest, 16);
    if (!size) return body;
    const from = rest.indexOf('\r\n') + 2;
    body += rest.slice(from, from + size);
    rest = rest.slice(from + size + 2);
  }
}
