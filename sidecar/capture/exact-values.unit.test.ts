import { describe, expect, it } from '@jest/globals';
import { exactTime } from './exact-values.js';

describe('a time as the log gives it', () => {
  it.each([
    ['-00:63:64', '-01:00:00'],
    ['-00:00:64', '-00:01:00'],
    ['-00:63:64.000', '-01:00:00.000'],
    ['-837:63:64', '-838:00:00'],
    ['-838:59:59', '-838:59:59'],
    ['-00:00:01', '-00:00:01'],
    ['-01:00:00.500000', '-01:00:00.500000'],
    ['01:00:00', '01:00:00'],
    [null, null],
  ])('%p is %p', (given, expected) => {
    expect(exactTime(given)).toBe(expected);
  });
});
