import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findUnfit } from './find-unfit.js';

const pathsIn = (json: string) => findUnfit(JSON.parse(json)).map(({ path }) => path);

describe('broken text', () => {
  it.each([
    ['a high half', String.raw`{"name": "\ud800"}`, ['name']],
    ['a low half', String.raw`{"name": "a\udfffb"}`, ['name']],
    ['halves in the wrong order', String.raw`{"name": "\udc00\ud800"}`, ['name']],
    ['a half behind a pair', String.raw`{"name": "\ud83d\ude00\ud83d"}`, ['name']],
    ['a half in a list', String.raw`{"a": ["x", {"b": "\ud800"}]}`, ['a.1.b']],
    ['a half in the name of a field', String.raw`{"data": {"\ud800": 1}}`, ['data']],
    ['several', String.raw`{"a": "\ud800", "b": "b", "c": "\ud800"}`, ['a', 'c']],
    ['a text alone', String.raw`"\ud800"`, ['']],
  ])('is found: %s', (_what, json, paths) => {
    expect(pathsIn(json)).toEqual(paths);
  });

  it.each([
    ['a pair', String.raw`{"name": "\ud83d\ude00 😀"}`],
    ['a replacement character that was meant', String.raw`{"name": "\ufffd"}`],
    ['no text', '[1, null, true, {}]'],
  ])('is not found in %s', (_what, json) => {
    expect(pathsIn(json)).toEqual([]);
  });

  it('is found wherever UTF-8 would change a text, and nowhere else', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }), (text) => {
        const changes = Buffer.from(text, 'utf8').toString('utf8') !== text;
        expect(findUnfit({ text }).length > 0).toBe(changes);
      }),
    );
  });

  it('is found at any depth, and named a few times only', () => {
    const depth = 10_000;
    const deep = `${'['.repeat(depth)}"\\ud800"${']'.repeat(depth)}`;
    expect(findUnfit(JSON.parse(deep))).toHaveLength(1);
    expect(findUnfit(Array.from({ length: 1_000 }, () => '\ud800'))).toHaveLength(20);
  });
});

describe('more values than a request can mean', () => {
  const said = (value: unknown) => findUnfit(value).map(({ path, message }) => `${path}: ${message}`);

  it.each([
    ['a list', { a: Array.from({ length: 1_001 }, () => 1) }],
    ['an object', { a: Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`k${at}`, 1])) }],
  ])('are refused at once, without a look at each: %s', (_what, value) => {
    expect(said(value)).toEqual(['a: must not have more than 1000 entries; it has 1001']);
  });

  it('are refused in all, however they are nested', () => {
    const nested = Array.from({ length: 100 }, () => Array.from({ length: 300 }, () => 1));
    expect(said(nested)).toEqual([': must not hold more than 20000 values']);
  });

  it('are as many as the longest request of the contract may have', () => {
    expect(said({ productIds: Array.from({ length: 1_000 }, () => 'p') })).toEqual([]);
  });
});
