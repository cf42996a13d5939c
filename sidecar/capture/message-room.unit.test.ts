import { describe, expect, it } from '@jest/globals';
import { countFitting, RowTooLarge } from './message-room.js';

const room = { together: 100, alone: 180 };

describe('rows that go into one message', () => {
  it.each([
    [[], 0],
    [[40, 40, 40], 2],
    [[40, 60], 2],
    [[150, 10], 1],
    [[10, 150, 10], 1],
  ])('%j: %p', (sizes, expected) => {
    expect(countFitting(sizes, room, 'a row')).toBe(expected);
  });

  it('are none where the first is too large for any', () => {
    expect(() => countFitting([181, 1], room, 'the next row of t')).toThrow(RowTooLarge);
    expect(() => countFitting([181, 1], room, 'the next row of t')).toThrow(
      /the next row of t takes 181 bytes/,
    );
  });
});
