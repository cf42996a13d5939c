import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { validate, version } from 'uuid';
import { chooseId, deriveId } from './derive-id.js';

describe('deriveId', () => {
  it('makes the same UUIDv8 of the same parts', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (capability, parts) => {
        const id = deriveId(capability, ...parts);
        expect(deriveId(capability, ...parts)).toBe(id);
        expect([validate(id), version(id)]).toEqual([true, 8]);
      }),
    );
  });

  it('tells capabilities and boundaries of parts apart', () => {
    const ids = [
      deriveId('orders', 'ab', 'c'),
      deriveId('orders', 'a', 'bc'),
      deriveId('payments', 'ab', 'c'),
    ];
    expect(new Set(ids).size).toBe(3);
  });
});

describe('chooseId', () => {
  it('follows from the Idempotency-Key where there is one', () => {
    expect(chooseId('orders', 'key-1')).toBe(deriveId('orders', 'key-1'));
  });

  it('is new without a key', () => {
    const id = chooseId('orders', undefined);
    expect(version(id)).toBe(7);
    expect(chooseId('orders', undefined)).not.toBe(id);
  });
});
