import { describe, expect, it } from '@jest/globals';
import type { DigestAnswer } from '#contracts/strangler/verify.js';
import { unlike } from './find-suspects.js';
import { compareStretch } from './walk-table.js';

function answer(...blocks: [upTo: string | null, rows: number, digest: string | null][]): DigestAnswer {
  return {
    accepted: true,
    scanned: 0,
    blocks: blocks.map(([upTo, rows, digest]) => ({ upTo: upTo === null ? null : [upTo], rows, digest })),
  };
}

describe('two digests of a stretch', () => {
  it('point to the ranges that are not alike', () => {
    const monolith = answer(['c', 3, 'one'], ['f', 3, 'two'], ['i', 3, 'three'], [null, 1, 'four']);
    const service = answer(['c', 3, 'one'], ['f', 3, 'other'], ['i', 3, 'three'], [null, 2, 'four']);
    expect(compareStretch(['a'], monolith, service)).toMatchObject({
      upTo: null,
      rows: { monolith: 10, service: 11 },
      unlike: [
        { after: ['c'], upTo: ['f'] },
        { after: ['i'], upTo: null },
      ],
    });
  });

  it('are not alike where one side gave none', () => {
    expect(compareStretch(null, answer(['c', 3, 'one']), answer(['c', 0, null])).unlike).toHaveLength(1);
    expect(compareStretch(null, answer(['c', 3, null]), answer(['c', 3, null])).unlike).toHaveLength(1);
    expect(
      compareStretch(null, answer(['c', 3, 'one'], ['d', 1, 'two']), answer(['c', 3, 'one'])).unlike,
    ).toEqual([{ after: ['c'], upTo: ['d'] }]);
  });
});

describe('rows of both sides', () => {
  const row = (key: string, hash: string) => ({ key: [key], bucket: 1, hash });

  it('are suspected where only one side has them, or they are not the same; keys that differ by case are two', () => {
    const one = [row('a', '1'), row('b', '1'), row('c', '1'), row('E', '1')];
    const other = [row('a', '1'), row('b', '2'), row('d', '1'), row('e', '1')];
    expect(unlike(one, other).map(({ key }) => key[0])).toEqual(['b', 'c', 'E', 'd', 'e']);
    expect(unlike(one, one)).toEqual([]);
  });
});
