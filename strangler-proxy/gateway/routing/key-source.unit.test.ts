import { describe, expect, it } from '@jest/globals';
import { keyInPath, type KeySource, keysInBody, parseKeySource } from './key-source.js';

function keys(source: string, json: unknown) {
  const { steps } = parseKeySource(source, []) as Extract<KeySource, { in: 'request' | 'response' }>;
  return keysInBody(Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)), steps);
}

describe('keys in bodies', () => {
  it('are found along fields and lists, each once', () => {
    const order = { items: [{ productId: 'a' }, { productId: 'b' }, { productId: 'a' }] };
    expect(keys('request.items[].productId', order)).toEqual(['a', 'b']);
    expect(keys('response.productId', { productId: 7 })).toEqual(['7']);
    expect(keys('request.ids[]', { ids: ['x', 'y'] })).toEqual(['x', 'y']);
    expect(
      keys('request.order.lines[].parts[].id', { order: { lines: [{ parts: [{ id: 'p' }] }] } }),
    ).toEqual(['p']);
  });

  it('are all keys as soon as one of them can not be told', () => {
    const path = 'request.items[].productId';
    const unreadable = [
      'not json',
      '\uFEFF{"items":[{"productId":"a"}]}',
      [],
      {},
      { items: {} },
      { items: [] },
      { items: [{ productId: 'a' }, {}] },
      { items: [{ productId: 'a' }, { productId: null }] },
      { items: [{ productId: 1.5 }] },
      { items: [{ productId: { $ne: 'a' } }] },
      JSON.stringify({ items: [{ __proto__: { productId: 'a' } }] }),
    ];
    for (const body of unreadable) expect(keys(path, body)).toBe('all');
  });

  it('are all keys of what is no UTF-8: another program may read other characters', () => {
    const { steps } = parseKeySource('request.id', []) as Extract<KeySource, { in: 'request' }>;
    for (const bytes of ['{"id":"a\xff"}', '{"id":"\xc3"}', '{"id":"\xed\xa0\x80"}', '{"id":"\xc0\xaf"}'])
      expect(keysInBody(Buffer.from(bytes, 'latin1'), steps)).toBe('all');
    expect(keysInBody(Buffer.from('{"id":"\xc3\xbc"}', 'latin1'), steps)).toEqual(['ü']);
  });
});

describe('keys in paths', () => {
  it('are decoded', () => {
    expect(keyInPath('SKU-1')).toBe('SKU-1');
    expect(keyInPath('caf%C3%A9%2F1')).toBe('café/1');
  });

  it('are unknown where their encoding is broken', () => {
    expect(keyInPath('%zz')).toBeUndefined();
    expect(keyInPath('%C3')).toBeUndefined();
  });
});
