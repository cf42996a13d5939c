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

describe('an answer that no client could read', () => {
  it.each([
    ['a status that is none', 'HTTP/1.1 abc OK\r\n\r\n'],
    ['a control in a header', 'HTTP/1.1 200 OK\r\nX-A: a\u0001b\r\nContent-Length: 2\r\n\r\nok'],
    ['a name that is none', 'HTTP/1.1 200 OK\r\nX A: b\r\nContent-Length: 2\r\n\r\nok'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['nothing at all', ''],
  ])('ends its exchange with 502, and no other: %s', async (_what, text) => {
    answer = Buffer.from(text, 'latin1');
    expect((await ask(`${gateway.url}/a`)).status).toBe(502);
    expect((await ask(`${gateway.url}/a`, { method: 'POST', body: 'x' })).status).toBe(502);
    answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
    expect((await ask(`${gateway.url}/a`)).status).toBe(200);
  });
});
