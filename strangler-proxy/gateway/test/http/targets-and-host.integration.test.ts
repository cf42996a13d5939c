import { describe, expect, it } from '@jest/globals';
import { http, last, smuggled, statusesIn, valuesOf, wireForTest } from './wire.js';

const wire = wireForTest();

async function expectRefused(text: string): Promise<void> {
  const received = await wire.send(text + smuggled);
  expect(statusesIn(received)).toEqual([400]);
  expect(wire.seen).toEqual([]);
}

describe('a Host header', () => {
  it.each([
    ['that is missing', http(['GET /a HTTP/1.1'])],
    ['that comes twice', http(['GET /a HTTP/1.1', 'Host: a', 'Host: b'])],
    ['that comes twice alike', http(['GET /a HTTP/1.1', 'Host: a', 'Host: a'])],
    ['that comes twice, once in capitals', http(['GET /a HTTP/1.1', 'Host: a', 'HOST: b'])],
    ['with two names', http(['GET /a HTTP/1.1', 'Host: a, b'])],
    ['with a blank', http(['GET /a HTTP/1.1', 'Host: a b'])],
    ['with a path', http(['GET /a HTTP/1.1', 'Host: a/b'])],
    ['with a user', http(['GET /a HTTP/1.1', 'Host: u@a'])],
    ['with a query', http(['GET /a HTTP/1.1', 'Host: a?b'])],
    ['with a fragment', http(['GET /a HTTP/1.1', 'Host: a#b'])],
    ['with a backslash', http(['GET /a HTTP/1.1', 'Host: a\\b'])],
    ['with a port out of range', http(['GET /a HTTP/1.1', 'Host: a:65536'])],
    ['with a port that is none', http(['GET /a HTTP/1.1', 'Host: a:b'])],
    ['with an address that is none', http(['GET /a HTTP/1.1', 'Host: [::1'])],
    ['with a blank before its colon', http(['GET /a HTTP/1.1', 'Host : a', 'Host: b'])],
    ['that is folded', http(['GET /a HTTP/1.1', 'Host:', ' a'])],
    ['behind a line with a blank before it', http(['GET /a HTTP/1.1', ' Host: a', 'Host: b'])],
    ['with a byte that some take for a blank', http(['GET /a HTTP/1.1', 'Host: a\xa0b'])],
  ])('is refused: %s', async (_what, text) => {
    await expectRefused(text);
  });

  it.each(['x', 'shop.example:8080', '127.0.0.1', '[::1]', '[::1]:80', 'xn--bcher-kva.example', ''])(
    'is passed on as it is: "%s"',
    async (host) => {
      await wire.send(http(['GET /a HTTP/1.1', `Host: ${host}`, 'Connection: close']));
      expect(valuesOf(wire.seen[0] ?? '', 'Host')).toEqual([host]);
    },
  );

  it('need not be there in HTTP/1.0: the upstream’s own name stands for it', async () => {
    await wire.send('GET /a HTTP/1.0\r\n\r\n');
    expect(valuesOf(wire.seen[0] ?? '', 'Host')).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+$/)]);
  });

  it('is looked at in each request of a connection', async () => {
    const received = await wire.send(
      http(['GET /a HTTP/1.1', 'Host: x']) + http(['GET /b HTTP/1.1', 'Host: a/b']),
    );
    expect(statusesIn(received)).toEqual([200, 400]);
    expect(wire.seen).toHaveLength(1);
  });

  it('of a name like it does not reach programs', async () => {
    const spoofed = [
      'X-Forwarded-Host: evil',
      'X_Forwarded_Host: evil',
      'Forwarded: host=evil',
      'X-Real-IP: 6.6.6.6',
    ];
    await wire.send(http(['GET /a HTTP/1.1', 'Host: x', ...spoofed, 'Connection: close']));
    expect(wire.seen[0]).not.toMatch(/evil|6\.6\.6\.6/);
    expect(valuesOf(wire.seen[0] ?? '', 'X-Forwarded-Host')).toEqual(['x']);
  });
});

describe('a target', () => {
  it.each([
    ['with a fragment', '/a#b'],
    ['of two slashes, with a user and a fragment', '//u@x/a#'],
    ['with a backslash', '/a\\b'],
    ['that begins with a backslash', '\\a'],
    ['that is no path', 'a'],
    ['that names no host', 'http:///a'],
    ['that names an ill-formed host', 'http://[::1/a'],
    ['that names a user', 'http://u@x/a'],
    ['of another scheme', 'https://x/a'],
    ['of a scheme that is no address', 'file:///etc/passwd'],
    ['of an authority', 'x:80'],
    ['of a whole server', '*'],
    ['with a tab', '/a\tb'],
    ['with a control', '/a\x7f'],
    ['with a byte that some take for a blank', '/a\xa0'],
    ['with a byte beyond ASCII', '/\xe4'],
  ])('is refused: %s', async (_what, target) => {
    await expectRefused(http([`GET ${target} HTTP/1.1`, 'Host: x']));
  });

  it('of a whole server is refused for OPTIONS, too', async () => {
    await expectRefused(http(['OPTIONS * HTTP/1.1', 'Host: x']));
  });

  it.each([
    '/',
    '/a/../b',
    '/a/./b',
    '//a//b',
    '/%2e%2e/a',
    '/a%2Fb',
    '/a?b?c=/../',
    '/a;v=1',
    "/~!$&'()*+,=:@",
    '/?',
  ])('is passed on byte by byte: %s', async (target) => {
    await wire.send(http([`GET ${target} HTTP/1.1`, 'Host: x', 'Connection: close']));
    expect(wire.seen[0]?.startsWith(`GET ${target} HTTP/1.1\r\n`)).toBe(true);
  });

  it.each([
    ['with a path and a query', 'http://shop.example/a?b', '/a?b', 'shop.example'],
    ['with a port', 'http://shop.example:8080/a', '/a', 'shop.example:8080'],
    ['without a path', 'http://shop.example', '/', 'shop.example'],
    ['with a query only', 'http://shop.example?a', '/?a', 'shop.example'],
    ['in capitals', 'HTTP://shop.example/a', '/a', 'shop.example'],
  ])('that is a whole address names the host, whatever Host says: %s', async (_what, target, path, host) => {
    await wire.send(http([`GET ${target} HTTP/1.1`, 'Host: other', 'Connection: close']));
    expect(wire.seen[0]?.startsWith(`GET ${path} HTTP/1.1\r\n`)).toBe(true);
    expect(valuesOf(wire.seen[0] ?? '', 'Host')).toEqual([host]);
    expect(wire.seen[0]).not.toContain('other');
  });

  it('that is a whole address needs a Host header all the same', async () => {
    await expectRefused(http(['GET http://x/a HTTP/1.1']));
  });

  it('goes on to its own path only, whatever the one before it was', async () => {
    const received = await wire.send(http(['GET /a HTTP/1.1', 'Host: a']) + last);
    expect(statusesIn(received)).toEqual([200, 200]);
    expect(wire.seen.map((request) => valuesOf(request, 'Host'))).toEqual([['a'], ['x']]);
  });
});
