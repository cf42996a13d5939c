import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { testServers } from '../../../tests/support/servers.js';

/** Pages of programs that are not ours, as the local start runs them. */
const pages: [name: string, url: () => string, path: string][] = [
  ['the mail page', () => testServers().mailUrl, '/api/email'],
  ['Unleash', () => testServers().unleashUrl, '/health'],
];

/** The status of one request, written by hand: clients would not send these headers. */
async function ask(url: string, lines: string[], first: string): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write([first, ...lines, 'Connection: close', '', ''].join('\r\n'));
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  await once(socket, 'close');
  const text = Buffer.concat(pieces).toString();
  return { status: Number(text.split(' ', 2)[1]), text };
}

describe.each(pages)('%s', (_name, url, path) => {
  const get = `GET ${path} HTTP/1.1`;
  const { host } = new URL(url());

  it('answers its own page, and programs on this machine', async () => {
    for (const lines of [[`Host: ${host}`], [`Host: ${host}`, `Origin: http://${host}`], ['Host: localhost']])
      expect((await ask(url(), lines, get)).status).toBe(200);
    expect((await ask(url(), [], `GET ${path} HTTP/1.0`)).status).toBe(200);
  });

  it.each([
    ['its own name for this machine', () => ['Host: evil.test']],
    ['that name, and its origin', () => ['Host: evil.test', 'Origin: http://evil.test']],
    ['its origin', () => [`Host: ${host}`, 'Origin: http://evil.test']],
    ['the origin of another port', () => [`Host: ${host}`, 'Origin: http://127.0.0.1:1']],
    ['no origin that it would name', () => [`Host: ${host}`, 'Origin: null']],
    ['what a browser says of scripts', () => [`Host: ${host}`, 'Sec-Fetch-Site: cross-site']],
  ])('tells nothing to a web page that comes with %s', async (_what, lines) => {
    const { status, text } = await ask(url(), lines(), get);
    expect(status).toBe(403);
    expect(text).toContain('This request is refused: it');
    expect(text.toLowerCase()).not.toContain('access-control-allow');
  });

  it.each(['OPTIONS', 'POST', 'DELETE', 'HEAD'])('lets another page do nothing by %s', async (method) => {
    const lines = [`Host: ${host}`, 'Origin: http://evil.test', 'Access-Control-Request-Method: DELETE'];
    const expected = `${method} ${path} HTTP/1.1`;
    expect((await ask(url(), lines, expected)).status).toBe(403);
    const waiting = [...lines, 'Expect: 100-continue', 'Content-Length: 2'];
    expect((await ask(url(), waiting, expected)).text).toMatch(/^HTTP\/1\.1 403 /m);
  });

  it('opens no WebSocket for another page', async () => {
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
    const first = 'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1';
    const { hostname, port } = new URL(url());
    const socket = connect({ host: hostname, port: Number(port) });
    socket.write([first, `Host: ${host}`, 'Origin: http://evil.test', ...upgrade, key, '', ''].join('\r\n'));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 403 /);
  });
});

it('the mail page opens a WebSocket for itself', async () => {
  const { host, hostname, port } = new URL(testServers().mailUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(
    [
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
      ...[`Host: ${host}`, `Origin: http://${host}`, 'Connection: Upgrade', 'Upgrade: websocket'],
      ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', ''],
    ].join('\r\n'),
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 101 /);
});
