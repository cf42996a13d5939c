import { describe, expect, it } from '@jest/globals';
import { readOrdersConfig } from './config.js';

const MYSQL_URL = 'mysql://orders:secret@127.0.0.1:3306/orders';

describe('the keys of the orders service', () => {
  it('are needed, and the start says how they are made', () => {
    expect(() => readOrdersConfig({ MYSQL_URL })).toThrow(
      /DATA_KEYS: is needed, so that no card token is stored in plain text: set it to ID:KEY.*openssl rand -hex 32/,
    );
  });

  it.each(['secret', 'a:secret', `a:${'1'.repeat(64)},a:${'2'.repeat(64)}`])(
    'are refused where they are none, without showing them: %s',
    (DATA_KEYS) => {
      expect(() => readOrdersConfig({ MYSQL_URL, DATA_KEYS })).toThrow(
        /DATA_KEYS: The ring of keys is not right: (?!.*(secret|1{9}))/,
      );
    },
  );

  it('seal', () => {
    const { DATA_KEYS: keys } = readOrdersConfig({ MYSQL_URL, DATA_KEYS: `a:${'1'.repeat(64)}` });
    expect(keys.open(keys.seal('text', 'x'), 'x')).toBe('text');
  });
});
