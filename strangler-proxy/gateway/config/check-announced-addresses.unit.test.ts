import { describe, expect, it } from '@jest/globals';
import { checkAnnouncedAddresses } from './check-announced-addresses.js';
import { parseConfig } from './read-config-file.js';

const check = (...lines: string[]) => {
  const text = ['monolith: http://127.0.0.1:4100', ...lines].join('\n');
  return () => checkAnnouncedAddresses(parseConfig(text, 'gateway.yaml', {}), 'gateway.yaml');
};
const nats = 'nats: nats://127.0.0.1';

describe('the addresses that a gateway announces', () => {
  it('must be set where it listens on all interfaces, by the names of the settings', () => {
    const both = check(nats, "listen: { host: '::' }", 'admin: { host: 0.0.0.0 }');
    expect(both).toThrow('listen.publicUrl is needed while listen.host is "::"');
    expect(both).toThrow('admin.publicUrl is needed while admin.host is "0.0.0.0"');
    expect(both).toThrow('such as http://gateway:8090');
    expect(check(nats, "admin: { host: '' }")).toThrow('admin.publicUrl is needed while admin.host is ""');
  });

  it('follow from the host where others can connect to it, and are not needed without NATS', () => {
    expect(check(nats)).not.toThrow();
    expect(check(nats, 'admin: { host: 0.0.0.0, publicUrl: http://gateway:8090 }')).not.toThrow();
    expect(check('admin: { host: 0.0.0.0 }')).not.toThrow();
  });

  it('can not be addresses that nobody can connect to', () => {
    for (const url of ['http://0.0.0.0:8090', "'http://[::]:8090'"])
      expect(check(nats, `admin: { publicUrl: ${url} }`)).toThrow(
        'admin.publicUrl: must name a host that other programs can connect to',
      );
    expect(check(nats, 'admin: { publicUrl: gateway }')).toThrow('admin.publicUrl: must be');
  });
});
