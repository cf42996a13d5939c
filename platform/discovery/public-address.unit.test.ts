import { describe, expect, it } from '@jest/globals';
import { isUnspecifiedHost, listenerUrl, publicUrl } from './public-address.js';

const nowhere = [
  '0.0.0.0',
  '0',
  '0x0',
  '000.0.0.0',
  '::',
  '[::]',
  '0:0:0:0:0:0:0:0',
  '::0',
  '::ffff:0.0.0.0',
  '',
];
const somewhere = ['127.0.0.1', '::1', '[::1]', 'gateway', '10.0.0.1', '0.0.0.1'];

describe('an address that others get', () => {
  it.each(nowhere)('is no listener on "%s"', (host) => expect(isUnspecifiedHost(host)).toBe(true));

  it.each(somewhere)('may be a listener on "%s"', (host) => expect(isUnspecifiedHost(host)).toBe(false));

  it('has brackets around IPv6', () => {
    expect(listenerUrl('::1', 8090)).toBe('http://[::1]:8090');
    expect(listenerUrl('[::1]', 8090)).toBe('http://[::1]:8090');
    expect(listenerUrl('gateway', 8090)).toBe('http://gateway:8090');
  });

  it('is refused as a setting where nobody could connect to it', () => {
    const problemOf = (url: string) => publicUrl.safeParse(url).error?.issues[0]?.message;
    for (const url of ['http://0.0.0.0:8090', 'http://[::]:8090', 'http://0:8090'])
      expect(problemOf(url)).toContain('not 0.0.0.0 or ::');
    for (const url of ['gateway:8090', 'nats://gateway:8090', '', 'nothing'])
      expect(problemOf(url)).toBe('must be http://host:port');
    expect(problemOf('http://gateway:8090')).toBeUndefined();
  });
});
