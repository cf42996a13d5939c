import { describe, expect, it } from '@jest/globals';
import { keyRange } from './key-range.js';

describe('a range of keys', () => {
  it('has no bound at the ends of the table', () => {
    expect(keyRange(['id'], null, null)).toEqual({ sql: 'TRUE', values: [] });
  });

  it('leaves out where it begins, and holds where it ends', () => {
    expect(keyRange(['id'], ['a'], ['b'])).toEqual({ sql: '(`id` > ?) AND (`id` <= ?)', values: ['a', 'b'] });
  });

  it('compares keys of several columns column by column', () => {
    expect(keyRange(['x', 'y'], [1, 2], null)).toEqual({
      sql: '(`x` > ? OR `x` = ? AND `y` > ?)',
      values: [1, 1, 2],
    });
  });
});
