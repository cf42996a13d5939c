import { describe, expect, it } from '@jest/globals';
import { http, last, ok, statusesIn, valuesOf, wireForTest } from './wire.js';

const wire = wireForTest({ denied: ['/metrics'] });

/** Sends a GET with some headers, and gives back what has reached the program. */
async function passed(...headers: string[]): Promise<string> {
  await wire.send(http(['GET /a HTTP/1.1', 'Host: x', 'Connection: close', ...headers]));
  return wire.seen[0] ?? '';
}

/** Answers with some headers, and gives back what has reached the client. */
async function answered(...headers: string[]): Promise<string> {
  wire.answer = () => http(['HTTP/1.1 200 OK', ...headers, 'Content-Length: 2'], 'ok');
  return wire.send(last);
}

describe('headers', () => {
  it('that nobody knows are passed on, both ways', async () => {
    expect(await passed('X-Unknown-Yet: 1')).toContain('\r\nX-Unknown-Yet: 1\r\n');
    expect(await answered('X-Unknown-Yet: 1')).toContain('\r\nX-Unknown-Yet: 1\r\n');
  });

  it('of one name keep their order, both ways', async () => {
    const lines = ['Accept: a', 'X-B: 1', 'Accept: b', 'X-B: 2', 'Accept: c'];
    expect(valuesOf(await passed(...lines), 'Accept')).toEqual(['a', 'b', 'c']);
    const received = await answered('Set-Cookie: a=1', 'Vary: a', 'Set-Cookie: b=2', 'Vary: b');
    expect(valuesOf(received, 'Set-Cookie')).toEqual(['a=1', 'b=2']);
    expect(valuesOf(received, 'Vary')).toEqual(['a', 'b']);
  });

  it.each([
    ['credentials', 'Authorization: Bearer a b=c'],
    ['cookies', 'Cookie: a=1; b="2"'],
    ['conditions by tag', 'If-Match: "a", W/"b"'],
    ['conditions against a tag', 'If-None-Match: *'],
    ['conditions by date', 'If-Modified-Since: Sat, 29 Oct 1994 19:43:31 GMT'],
    ['conditions against a date', 'If-Unmodified-Since: Sat, 29 Oct 1994 19:43:31 GMT'],
    ['ranges', 'Range: bytes=0-1,5-'],
    ['ranges on a condition', 'If-Range: "a"'],
    ['what a client accepts', 'Accept-Encoding: gzip;q=0.5, *;q=0'],
    ['what caches may do', 'Cache-Control: no-transform, private="x"'],
    ['where it comes from', 'Referer: http://a/?b#c'],
    ['what a client is', 'User-Agent: a (b) c/1'],
    ['traces', 'traceparent: 00-1-2-01'],
  ])('of a request are passed on as they are: %s', async (_what, line) => {
    expect(await passed(line)).toContain(`\r\n${line}\r\n`);
  });

  it.each([
    ['challenges', 'WWW-Authenticate: Basic realm="a, b", Digest nonce="c"'],
    ['what follows credentials', 'Authentication-Info: nextnonce="a"'],
    ['tags', 'ETag: W/"a\xe4"'],
    ['what an answer depends on', 'Vary: *'],
    ['what caches may do', 'Cache-Control: no-store, private="Set-Cookie"'],
    ['ages', 'Age: 5'],
    ['where else to look', 'Location: /b?c#d'],
    ['when to come back', 'Retry-After: 60'],
    ['codings', 'Content-Encoding: gzip, br'],
    ['which methods there are', 'Allow: GET, BREW'],
    ['who else has passed it on', 'Via: 1.0 fred, 1.1 p.example'],
    ['what a program is', 'Server: a/1 (b)'],
    ['dates', 'Date: Sat, 29 Oct 1994 19:43:31 GMT'],
  ])('of an answer are passed on as they are: %s', async (_what, line) => {
    const received = await answered(line);
    expect(received).toContain(`\r\n${line}\r\n`);
    const name = line.split(':', 1)[0] ?? '';
    expect(valuesOf(received, name)).toHaveLength(1);
  });

  it('of an answer get a date where there is none', async () => {
    expect(valuesOf(await answered(), 'Date')).toEqual([
      expect.stringMatching(/^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/),
    ]);
  });
});

describe('headers between neighbours', () => {
  const hops = [
    'Connection: keep-alive, X-Hop ,\tx-other',
    'X-Hop: 1',
    'X-OTHER: 2',
    'Keep-Alive: timeout=5',
    'Proxy-Connection: keep-alive',
    'Proxy-Authorization: Basic eA==',
    'Proxy-Authenticate: Basic',
    'TE: trailers',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABk',
  ];
  const gone = /X-Hop|X-Other|Keep-Alive: timeout|Proxy-|\r\nTE:|Upgrade|HTTP2/i;

  it('of a request end here, with those that Connection names', async () => {
    const request = await passed(...hops, 'X-Kept: 1');
    expect(request).not.toMatch(gone);
    expect(valuesOf(request, 'Connection')).toEqual(['keep-alive']);
    expect(request).toContain('X-Kept: 1');
  });

  it('of an answer end here, with those that Connection names', async () => {
    const received = await answered(...hops, 'X-Kept: 1');
    expect(received).not.toMatch(gone);
    expect(valuesOf(received, 'Connection')).toEqual(['close']);
    expect(received).toContain('X-Kept: 1');
  });

  it('named in several lines end here all the same', async () => {
    const request = await passed('Connection: X-One', 'Connection: X-Two', 'X-One: 1', 'X-Two: 2');
    expect(request).not.toMatch(/X-One|X-Two/);
  });

  it.each([
    ['the host', 'Host', /\r\nHost: x\r\n/],
    ['the length', 'Content-Length', /\r\nContent-Length: 5\r\n/i],
    ['what the gateway says of the client', 'X-Forwarded-For', /\r\nX-Forwarded-For: 127\.0\.0\.1\r\n/i],
    ['the request’s id', 'X-Request-Id', /\r\nX-Request-Id: \S+\r\n/i],
    ['who passes it on', 'Via', /\r\nVia: 1\.1 strangler-\w+\r\n/],
  ])('can’t take away what is not theirs: %s', async (_what, name, kept) => {
    const text = http(
      ['POST /a HTTP/1.1', 'Host: x', `Connection: close, ${name}`, 'Content-Length: 5'],
      'hello',
    );
    await wire.send(text);
    expect(wire.seen[0]).toMatch(kept);
    expect(wire.seen[0]?.endsWith('hello')).toBe(true);
  });
});

describe('Via', () => {
  it('names the gateway behind those that passed the request on before it', async () => {
    const request = await passed('Via: 1.0 fred', 'Via: 1.1 p.example (a, b)');
    expect(valuesOf(request, 'Via')).toEqual([
      '1.0 fred',
      '1.1 p.example (a, b)',
      expect.stringMatching(/^1\.1 strangler-[0-9a-f]{8}$/),
    ]);
  });

  it('names the version that the client spoke, and the gateway speaks its own', async () => {
    await wire.send('GET /a HTTP/1.0\r\n\r\n');
    expect(valuesOf(wire.seen[0] ?? '', 'Via')).toEqual([expect.stringMatching(/^1\.0 strangler-/)]);
    expect(wire.seen[0]).toMatch(/^GET \/a HTTP\/1\.1\r\n/);
  });

  it('shows a request that has come back, which ends there', async () => {
    const own = valuesOf(await passed(), 'Via')[0] ?? '';
    wire.seen = [];
    const received = await wire.send(
      http(['GET /a HTTP/1.1', 'Host: x', `Via: 1.1 other, ${own}`, 'Connection: close']),
    );
    expect(received).toMatch(/^HTTP\/1\.1 508 [^]*"code":"loop_detected"/);
    const handshake = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: a',
    ];
    expect(await wire.send(http(['GET /a HTTP/1.1', 'Host: x', `Via: ${own}`, ...handshake]))).toMatch(
      /^HTTP\/1\.1 508 /,
    );
    expect(wire.seen).toEqual([]);
  });
});

describe('Max-Forwards', () => {
  const counted = (method: string, ...values: string[]) =>
    wire.send(
      http([
        `${method} /a HTTP/1.1`,
        'Host: x',
        'Connection: close',
        ...values.map((value) => `Max-Forwards: ${value}`),
      ]),
    );

  it.each(['TRACE', 'OPTIONS'])('of %s is counted down, and ends it at 0', async (method) => {
    await counted(method, '7');
    expect(valuesOf(wire.seen[0] ?? '', 'Max-Forwards')).toEqual(['6']);
    expect(await counted(method, '0')).toMatch(/^HTTP\/1\.1 501 [^]*"code":"not_implemented"/);
    expect(wire.seen).toHaveLength(1);
  });

  it('of other methods is passed on as it is', async () => {
    await counted('GET', '0');
    expect(valuesOf(wire.seen[0] ?? '', 'Max-Forwards')).toEqual(['0']);
  });

  it.each([['-1'], ['1, 2'], ['x'], ['99999999999'], ['1', '2']])(
    'that is none is refused: %s',
    async (...values) => {
      expect(await counted('TRACE', ...values)).toMatch(/^HTTP\/1\.1 400 /);
      expect(wire.seen).toEqual([]);
    },
  );
});

describe('methods', () => {
  it.each([
    'GET',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
    'MKCOL',
    'REPORT',
    'PURGE',
    'QUERY',
  ])('%s is passed on', async (method) => {
    expect(
      statusesIn(await wire.send(http([`${method} /a HTTP/1.1`, 'Host: x', 'Connection: close']))),
    ).toEqual([200]);
    expect(wire.seen[0]?.startsWith(`${method} /a HTTP/1.1\r\n`)).toBe(true);
  });

  it('CONNECT is refused: the gateway opens no tunnels', async () => {
    for (const target of ['x:80', '/a', 'http://x/a']) {
      const received = await wire.send(
        http([`CONNECT ${target} HTTP/1.1`, 'Host: x'], 'GET /smuggled HTTP/1.1\r\n\r\n'),
      );
      expect(received).toMatch(/^HTTP\/1\.1 400 [^]*"code":"invalid_request"/);
      expect(statusesIn(received)).toHaveLength(1);
    }
    expect(wire.seen).toEqual([]);
  });

  it('CONNECT does not cost the request before it its answer', async () => {
    const received = await wire.send(
      http(['GET /a HTTP/1.1', 'Host: x']) + http(['CONNECT x:80 HTTP/1.1', 'Host: x']),
    );
    expect(statusesIn(received)).toEqual([200, 400]);
  });
});

describe('expectations', () => {
  const asking = (value: string, version = '1.1') =>
    http(
      [`POST /a HTTP/${version}`, 'Host: x', `Expect: ${value}`, 'Content-Length: 5', 'Connection: close'],
      'hello',
    );

  it.each(['y', 'y 100-continue', '100-continue, y', '100-continue-y', '100'])(
    'other than 100-continue are refused, with what is behind them: %s',
    async (value) => {
      expect(statusesIn(await wire.send(asking(value) + last))).toEqual([400]);
      expect(wire.seen).toEqual([]);
    },
  );

  it('are met by the gateway, for a body that it reads first, and then not passed on', async () => {
    expect(statusesIn(await wire.send(asking('100-Continue')))).toEqual([100, 200]);
    expect(wire.seen[0]).not.toMatch(/\r\nExpect:/i);
    expect(wire.seen[0]?.endsWith('hello')).toBe(true);
  });

  it('of HTTP/1.0 are ignored', async () => {
    expect(statusesIn(await wire.send(asking('100-continue', '1.0')))).toEqual([200]);
    expect(wire.seen[0]).not.toMatch(/\r\nExpect:/i);
  });

  it('without a body are ignored', async () => {
    await passed('Expect: 100-continue');
    expect(wire.seen[0]).not.toMatch(/\r\nExpect:/i);
  });
});

describe('trailers', () => {
  const forbidden = ['Host: y', 'X-Strangler-Owner: a', 'X_Forwarded_For: b', 'Via: c'];

  it('of a request follow its body, and never become headers', async () => {
    const trailers = ['X-Sum: 1', 'X-Two: a', 'X-Two: b', ...forbidden].map((line) => `${line}\r\n`).join('');
    const text = http(
      ['POST /a HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked', 'Trailer: X-Sum', 'Connection: close'],
      `2\r\nhi\r\n0\r\n${trailers}\r\n`,
    );
    await wire.send(text);
    const [head, ...rest] = (wire.seen[0] ?? '').split('\r\n\r\n');
    expect(head).toMatch(/\r\nTrailer: X-Sum/);
    expect(head).not.toMatch(/X-Two/);
    expect(rest.join('\r\n\r\n')).toBe('2\r\nhi\r\n0\r\nX-Sum: 1\r\nX-Two: a\r\nX-Two: b\r\n\r\n');
  });

  it.each(['Content-Length: 9', 'Transfer-Encoding: gzip'])(
    'of a request that would change its framing are refused: %s',
    async (line) => {
      const head = ['POST /a HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked'];
      expect(statusesIn(await wire.send(http(head, `2\r\nhi\r\n0\r\n${line}\r\n\r\n`) + last))).toEqual([
        400,
      ]);
      expect(wire.seen).toEqual([]);
    },
  );

  it('of an answer follow its body, and never become headers', async () => {
    const framing = ['Content-Length: 9', 'Transfer-Encoding: gzip'];
    const trailers = ['X-Sum: 1', 'X-Two: a', ...forbidden, ...framing].map((line) => `${line}\r\n`).join('');
    wire.answer = () =>
      http(
        ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Trailer: X-Sum'],
        `2\r\nhi\r\n0\r\n${trailers}\r\n`,
      );
    const [head, ...rest] = (await wire.send(last)).split('\r\n\r\n');
    expect(head).toMatch(/\r\nTrailer: X-Sum/);
    expect(head).not.toMatch(/X-Two/);
    expect(rest.join('\r\n\r\n')).toBe('2\r\nhi\r\n0\r\nX-Sum: 1\r\nX-Two: a\r\n\r\n');
  });

  it('of an answer to HTTP/1.0 are left out', async () => {
    wire.answer = () =>
      http(
        ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Trailer: X-Sum'],
        '2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n',
      );
    const received = await wire.send('GET /a HTTP/1.0\r\n\r\n');
    expect(received).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\nhi$/);
    expect(received).not.toMatch(/Trailer|Transfer-Encoding/i);
    wire.answer = () => ok;
  });
});
