import { describe, expect, it } from '@jest/globals';
import { hasExecuted } from './went-back.js';

const one = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const other = '4e11fa47-71ca-11e1-9e33-c80aa9429562';

describe('whether a server still has all that a replica has', () => {
  it.each([
    ['0-1-102', '0-1-102', true],
    ['0-1-103', '0-1-102', true],
    ['0-1-99', '0-1-102', false],
    // Failed over: the new primary has written on, without the old one's tail.
    ['0-1-99,0-2-150', '0-1-102', false],
    ['0-1-102,0-2-150', '0-1-102', true],
    ['0-1-102,1-2-5', '0-1-102,1-2-6', false],
    ['0-1-102,1-2-6', '0-1-102,1-2-6', true],
    ['', '0-1-1', false],
    ['0-1-5', '', true],
    ['0-1-18446744073709551615', '0-1-18446744073709551614', true],
  ])('of MariaDB: executed %p, known %p: %p', (executed, wanted, expected) => {
    expect(hasExecuted(executed, wanted)).toBe(expected);
  });

  it.each([
    [`${one}:1-102`, `${one}:1-102`, true],
    [`${one}:1-103`, `${one}:1-102`, true],
    [`${one}:1-99`, `${one}:1-102`, false],
    [`${one}:1-99,${other}:1-500`, `${one}:1-102`, false],
    [`${one}:1-99:101-200`, `${one}:1-102`, false],
    [`${one}:1-102,${other}:1-7`, `${one}:1-102,${other}:1-7`, true],
    [`${one}:1-102`, `${one}:1-102,${other}:1-7`, false],
    ['', `${one}:1`, false],
    [`${one.toUpperCase()}:1-5`, `${one}:1-5`, true],
  ])('of MySQL: executed %p, known %p: %p', (executed, wanted, expected) => {
    expect(hasExecuted(executed, wanted)).toBe(expected);
  });
});
