import { describe, expect, it } from '@jest/globals';
import type { IncomingHttpHeaders } from 'node:http';
import { foreignTo, guardLocal } from './refuse-foreign.js';

const here = '127.0.0.1:1080';

describe('a request of another web page', () => {
  it.each<[what: string, headers: IncomingHttpHeaders]>([
    ['by a name of its own that leads here', { host: 'evil.test:1080' }],
    ['by a name that begins like ours', { host: 'localhost.evil.test' }],
    ['by a name that begins with an address', { host: '127.0.0.1.evil.test' }],
    ['by a name that ends like ours', { host: 'evil-localhost' }],
    ['by the short name of a network', { host: 'wpad:1080' }],
    ['by a name with a user before it', { host: 'localhost@evil.test' }],
    ['by nothing', { host: '' }],
    ['by two names', { host: '127.0.0.1, evil.test' }],
    ['from its origin', { host: here, origin: 'http://evil.test' }],
    ['from an origin that begins like ours', { host: here, origin: `http://${here}.evil.test` }],
    ['from another port of this machine', { host: here, origin: 'http://127.0.0.1:3000' }],
    ['from our port by another name', { host: here, origin: 'http://localhost:1080' }],
    ['from a sandboxed frame', { host: here, origin: 'null' }],
    ['from an extension', { host: here, origin: 'chrome-extension://abc' }],
    ['without a Host', { origin: 'http://evil.test' }],
    ['as a script', { host: here, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
    [
      'in a frame',
      {
        host: here,
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'iframe',
      },
    ],
    ['from a sister of its site', { host: 'localhost:1080', 'sec-fetch-site': 'same-site' }],
  ])('is refused: %s', (_what, headers) => {
    expect(foreignTo(headers)).toMatch(/^it/);
  });

  it.each<[what: string, headers: IncomingHttpHeaders]>([
    ['an address', { host: here }],
    ['an IPv6 address', { host: '[::1]:1080' }],
    ['localhost, however it is written', { host: 'LocalHost:1080' }],
    ['a name below localhost', { host: 'mails.localhost' }],
    ['our own origin', { host: here, origin: `http://${here}` }],
    ['our own origin behind TLS', { host: 'localhost', origin: 'https://localhost' }],
    ['our own page', { host: here, origin: `http://${here}`, 'sec-fetch-site': 'same-origin' }],
    ['the address bar', { host: here, 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }],
    [
      'a link on another page',
      {
        host: here,
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      },
    ],
    ['a health check in HTTP/1.0', {}],
    ['a name that is allowed', { host: 'Mails.example', origin: 'http://mails.example' }],
  ])('is not one from %s', (_what, headers) => {
    expect(foreignTo(headers, ['mails.example'])).toBeUndefined();
  });

  it('is guarded against where only this machine listens, or by the name of the proxy before it', () => {
    const listener = () => undefined;
    expect(guardLocal(listener, '0.0.0.0')).toBe(listener);
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost'])
      expect(guardLocal(listener, host)).not.toBe(listener);
  });
});
