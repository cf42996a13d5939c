import { describe, expect, it } from '@jest/globals';
import { readControlConfig } from './config.js';

const needed = {
  MYSQL_URL: 'mysql://control-plane:secret@127.0.0.1:3306/control',
  CONTROL_TOKEN: 'a-token-of-operators',
  UNLEASH_ADMIN_TOKEN: '*:*.token',
};

describe('the address that the control plane announces', () => {
  it.each(['0.0.0.0', '::'])('must be set where it listens on %s', (HOST) => {
    expect(() => readControlConfig({ ...needed, HOST })).toThrow(
      'CONTROL_PUBLIC_URL: is needed while HOST is',
    );
    const CONTROL_PUBLIC_URL = 'http://control-plane:8081';
    expect(readControlConfig({ ...needed, HOST, CONTROL_PUBLIC_URL })).toMatchObject({ CONTROL_PUBLIC_URL });
  });

  it('follows from a host that others can connect to', () => {
    expect(readControlConfig(needed).CONTROL_PUBLIC_URL).toBeUndefined();
  });

  it('is not one that nobody can connect to', () => {
    expect(() => readControlConfig({ ...needed, CONTROL_PUBLIC_URL: 'http://0.0.0.0:8081' })).toThrow(
      'CONTROL_PUBLIC_URL: must name a host',
    );
  });
});
