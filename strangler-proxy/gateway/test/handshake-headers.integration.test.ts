import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunningGateway } from '../running-gateway.js';
import { eventually } from './support/eventually.js';
import { type Gateways, gatewaysForTest } from './support/gateways.js';
import { ask, connectRaw } from './support/http-client.js';
import { type RawUpstream, rawUpstream } from './support/raw-upstream.js';

let gateways: Gateways;
let gateway: RunningGateway;
let upstream: RawUpstream;
/** What the upstream was sent, head by head. */
let heads: string[];

beforeEach(async () => {
  heads = [];
  upstream = await rawUpstream((socket, first) => {
    heads.push(first.toString('latin1'));
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
  });
  gateways = gatewaysForTest();
  gateway = await gateways.start({ monolith: upstream.url, drain: { limit: '200ms' } });
});
afterEach(async () => {
  upstream.end();
  await gateways.end();
});

/** The answer to a wish for a WebSocket that has these lines besides what each needs. */
async function wish(...lines: string[]): Promise<string> {
  const connection = await connectRaw(gateway.url);
  const needed = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  connection.send(['GET /live HTTP/1.1', ...needed, key, ...lines, '', ''].join('\r\n'));
  await connection.closed;
  return connection.received();
}

describe('the headers of a wish for a WebSocket', () => {
  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])(
    'may be named %s, and arrive as they are',
    async (name) => {
      await wish('Host: shop', `${name}: mine`);
      expect(heads).toHaveLength(1);
      const lines = (heads[0] ?? '').split('\r\n');
      expect(lines.filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))).toEqual([
        expect.stringMatching(/^\S+: mine$/),
      ]);
      expect(heads[0]).not.toContain('native code');
    },
  );

  it('become one line where a name comes twice, cookies by a semicolon', async () => {
    await wish('Host: shop', 'X-Own: a', 'Cookie: a=1', 'x-own: b', 'cookie: b=2');
    expect(heads[0]).toMatch(/^x-own: a, b\r$/im);
    expect(heads[0]).toMatch(/^cookie: a=1; b=2\r$/im);
  });

  it.each([
    ['an ill-formed host', ['Host: [::1']],
    ['two hosts', ['Host: a', 'Host: b']],
    ['no host', []],
    ['a host with a user', ['Host: u@a']],
  ])('with %s are refused, and pass nothing on', async (_what, lines) => {
    expect(await wish(...lines)).toMatch(/^HTTP\/1\.1 400 /);
    expect(heads).toEqual([]);
    await eventually(async () => expect((await ask(gateway.url)).status).toBe(200));
  });
});
