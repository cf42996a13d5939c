import { describe, expect, it } from '@jest/globals';
import { deriveId } from '#platform/ownership/derive-id.js';
import { parseKeySource } from '../routing/key-source.js';
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

  it('may be any, where they are too many or too long to be told to other gateways', () => {
    const declaration = [declare('request.ids[]')];
    const before = (ids: string[]) => keysBefore(declaration, [], json({ ids }));
    const many = (count: number) => Array.from({ length: count }, (_, index) => `id-${index}`);
    expect(before(many(5_000))).toEqual(many(5_000));
    expect(before(many(10_000))).toBe('all');
    expect(before(['k'.repeat(60_000)])).toEqual(['k'.repeat(60_000)]);
    expect(before(['k'.repeat(66_000)])).toBe('all');
    // Three bytes each, as are bytes that are no UTF-8.
    expect(before(['\ufffd'.repeat(22_000)])).toBe('all');
    expect(before(['\u0001'.repeat(11_000)])).toBe('all');
  });
});
