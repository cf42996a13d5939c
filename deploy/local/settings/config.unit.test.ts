import { describe, expect, it } from '@jest/globals';
import { readLocalConfig } from './config.js';

describe("servers of the user's own", () => {
  it('are none when nothing is set', () => {
    const gateway = { GATEWAY_ANSWER_TIME: '2s', GATEWAY_PARKING_TIME: '5s' };
    expect(readLocalConfig({})).toEqual({ LOG_LEVEL: 'info', PATH: '', PATIENCE: 1, ...gateway });
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

describe('how long requests wait', () => {
  it('is refused with an example when it is no time', () => {
    expect(() => readLocalConfig({ GATEWAY_PARKING_TIME: '5' })).toThrow(
      'GATEWAY_PARKING_TIME: must be a time',
    );
  });
});
