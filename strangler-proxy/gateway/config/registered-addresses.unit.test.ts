import { describe, expect, it } from '@jest/globals';
import { registeredAddresses } from './registered-addresses.js';

const at = (...urls: string[]) => urls.map((url) => ({ metadata: { url } }));

describe('addresses of registered instances', () => {
  it('are all used where no host is configured', () => {
    expect(registeredAddresses([], at('http://one:1/path', 'https://[::1]:2'))).toEqual({
      urls: ['http://one:1', 'https://[::1]:2'],
      refused: [],
    });
  });

  it('are used at the configured hosts only, whatever their look', () => {
    const evil = [
      ...['http://evil.test:4102', 'http://payments.evil.test', 'http://payments@evil.test'],
      ...[
        'http://evil.test/payments',
        'http://payments:4103',
        'http://evil.test#payments:4102',
        'http://10.0.0.10',
      ],
    ];
    const hosts = ['payments:4102', '10.0.0.1'];
    expect(registeredAddresses(hosts, at('http://payments:4102', 'http://10.0.0.1:9', ...evil))).toEqual({
      urls: ['http://payments:4102', 'http://10.0.0.1:9'],
      refused: evil,
    });
  });

  it('know the port that an address does not name', () => {
    expect(
      registeredAddresses(['one:80', 'two:443'], at('http://one', 'https://two', 'https://one')).refused,
    ).toEqual(['https://one']);
  });

  it('are none where nothing looks like one', () => {
    const odd = ['', 'nonsense', 'file:///etc/passwd', 'javascript:0'];
    expect(registeredAddresses([], at(...odd))).toEqual({ urls: [], refused: odd });
    expect(registeredAddresses([], [{ metadata: {} }]).refused).toEqual(['']);
  });
});
