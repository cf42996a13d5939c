import { describe, expect, it } from '@jest/globals';
import { isSignedId, signId } from './assigned-id.js';

const key = 'k'.repeat(32);
const assigned = { id: 'a-1', method: 'POST', path: '/orders' };

describe('an id that a gateway assigns', () => {
  it('is believed with its signature', () => {
    expect(isSignedId(key, assigned, signId(key, assigned))).toBe(true);
  });

  it.each([
    ['another id', { ...assigned, id: 'a-2' }],
    ['another method', { ...assigned, method: 'PUT' }],
    ['another path', { ...assigned, path: '/payments' }],
    ['parts that are cut elsewhere', { id: 'a-1\nPOST', method: '/orders', path: '' }],
  ])('is not believed for %s', (_name, other) => {
    expect(isSignedId(key, other, signId(key, assigned))).toBe(false);
  });

  it.each(['', 'x', 'A'.repeat(43), 'not base64 at all!'])(
    'is not believed with the signature "%s"',
    (signature) => {
      expect(isSignedId(key, assigned, signature)).toBe(false);
    },
  );

  it('is not believed when it was signed with another key', () => {
    expect(isSignedId(key, assigned, signId('z'.repeat(32), assigned))).toBe(false);
  });
});
