import { describe, expect, it } from '@jest/globals';
import { deriveId } from '#platform/ownership/derive-id.js';
import { parseKeySource } from './key-source.js';
import { keysAfter, keysBefore } from './keys-of-write.js';

const declare = (keys: string, derive: string[] | null = null) => ({
  ...{ capability: 'parcels', keys: parseKeySource(keys, ['orderId']), derive },
});
const json = (body: unknown) => Buffer.from(JSON.stringify(body));

describe('the keys that a write changes', () => {
  it('are known before it is sent as far as path and body tell them', () => {
    const declarations = [declare('path.orderId'), declare('request.ids[]'), declare('response.id')];
    expect(keysBefore(declarations, ['o-1'], json({ ids: ['a', 'b'] }))).toEqual(['o-1', 'a', 'b']);
    expect(keysAfter(declarations, json({ id: 'c' }))).toEqual(['c']);
  });

  it('are derived as programs derive ids, where they follow from what stands there', () => {
    const fromPath = declare('path.orderId', ['express', 'air']);
    const fromAnswer = declare('response.ids[]', ['express']);
    expect(keysBefore([fromPath, fromAnswer], ['o-1'], undefined)).toEqual([
      deriveId('parcels', 'o-1', 'express', 'air'),
    ]);
    expect(keysAfter([fromPath, fromAnswer], json({ ids: ['a', 'b'] }))).toEqual([
      deriveId('parcels', 'a', 'express'),
      deriveId('parcels', 'b', 'express'),
    ]);
  });

  it('may be any, where what they follow from can not be told', () => {
    expect(keysAfter([declare('response.id', ['express'])], json({ id: null }))).toBe('all');
    expect(keysAfter([declare('response.id', ['express'])], undefined)).toBe('all');
  });
});
