import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunningGateway } from '../running-gateway.js';
import { type Gateways, gatewaysForTest } from './support/gateways.js';
import { ask, connectRaw } from './support/http-client.js';
import { type RawUpstream, rawUpstream } from './support/raw-upstream.js';

let gateways: Gateways;
let gateway: RunningGateway;
let upstream: RawUpstream;
let answer: Buffer;

beforeEach(async () => {
  gateways = gatewaysForTest();
  upstream = await rawUpstream((socket) => socket.end(answer));
  gateway = await gateways.start({ monolith: upstream.url });
});
afterEach(async () => {
  upstream.end();
  await gateways.end();
});

describe('the phrase beside a status', () => {
  it.each([
    ['in Latin-1', Buffer.from('Ung\u00fcltige Anfrage', 'latin1'), 'Ungltige Anfrage'],
    ['in UTF-8', Buffer.from('Ung\u00fcltige Anfrage', 'utf8'), 'Ungltige Anfrage'],
    ['in another script', Buffer.from('\u00c4\u0426\u{1f600}', 'utf8'), ''],
    ['of single bytes that are no text', Buffer.from([0xff, 0xfe, 0x80]), ''],
    ['that is long', Buffer.from('x'.repeat(3_000)), 'x'.repeat(3_000)],
    ['that is none', Buffer.alloc(0), ''],
  ])('may be any: %s', async (_what, phrase, passed) => {
    answer = Buffer.concat([
      Buffer.from('HTTP/1.1 400 '),
      phrase,
      Buffer.from('\r\nContent-Length: 2\r\nX-Own: kept\r\nConnection: close\r\n\r\nno'),
    ]);
    for (const method of ['GET', 'POST']) {
      const client = await connectRaw(gateway.url);
      client.send(`${method} /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      await client.closed;
      expect(client.received().split('\r\n')[0]).toBe(`HTTP/1.1 400 ${passed}`);
      expect(client.received()).toMatch(/x-own: kept[^]*\r\n\r\nno$/i);
    }
  });
});

const unreadable = [
  ['a status that is none', 'HTTP/1.1 abc OK\r\n\r\n'],
  ['a control in a header', 'HTTP/1.1 200 OK\r\nX-A: a\u0001b\r\nContent-Length: 2\r\n\r\nok'],
  ['a name that is none', 'HTTP/1.1 200 OK\r\nX A: b\r\nContent-Length: 2\r\n\r\nok'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok'],
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ['nothing at all', ''],
] as const;

describe('an answer that no client could read', () => {
  it.each(unreadable)('ends its exchange with 502, and no other: %s', async (_what, text) => {
    answer = Buffer.from(text, 'latin1');
    expect((await ask(`${gateway.url}/a`)).status).toBe(502);
    expect((await ask(`${gateway.url}/a`, { method: 'POST', body: 'x' })).status).toBe(502);
    answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
    expect((await ask(`${gateway.url}/a`)).status).toBe(200);
  });

  /** Nothing at all is what a connection gives that breaks: that does say something of the upstream. */
  const said = unreadable.filter(([, text]) => text !== '');

  it.each(['GET', 'POST'])(
    'is asked for once, and is no sign that the upstream is not well, however often it comes: %s',
    async (method) => {
      const requests = { one: 0, other: 0 };
      const one = await rawUpstream((socket) => ((requests.one += 1), socket.end(answer)));
      const other = await rawUpstream((socket) => ((requests.other += 1), socket.end(answer)));
      // Breakers as they are unless the configuration says otherwise.
      const single = await gateways.start({ monolith: one.url, ...named });
      const double = await gateways.start({ monolith: { urls: [one.url, other.url] }, ...named });
      const body = method === 'GET' ? {} : { body: 'x' };
      let sent = 0;
      for (const gateway of [single, double])
        for (let turn = 0; turn < 5; turn++)
          for (const [, text] of said) {
            answer = Buffer.from(text, 'latin1');
            expect((await ask(`${gateway.url}/a`, { method, ...body })).status).toBe(502);
            sent += 1;
            expect(requests.one + requests.other).toBe(sent);
          }
      answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
      for (const gateway of [single, double]) {
        expect((await ask(`${gateway.url}/a`, { method, ...body })).status).toBe(200);
        const monolith = gateway.status().capabilities[0]?.upstreams.monolith;
        expect(monolith?.breaker).toBe('closed');
        expect(monolith?.instances.map(({ ejected }) => ejected)).not.toContain(true);
      }
      one.end();
      other.end();
    },
  );
});

/** A capability, so that its breaker shows. */
const named = {
  capabilities: { odd: { title: 'Odd' } },
  endpoints: ['GET /a', 'POST /a'].map((endpoint) => ({ endpoint, capability: 'odd' })),
};
