import { describe, expect, it } from '@jest/globals';
import { readLocalConfig } from './config.js';

describe("servers of the user's own", () => {
  it('are none when nothing is set', () => {
    expect(readLocalConfig({})).toEqual({ LOG_LEVEL: 'info', PATH: '' });
  });

  it('need the tokens along with the address of Unleash', () => {
    expect(() => readLocalConfig({ UNLEASH_URL: 'http://flags.example.com' })).toThrow('UNLEASH_ADMIN_TOKEN');
  });

  it('are refused with an example when an address is none', () => {
    expect(() => readLocalConfig({ MYSQL_URL: 'localhost:3306' })).toThrow(
      'mysql://admin:password@host:3306/',
    );
  });
});
