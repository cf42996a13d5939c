import { describe, expect, it } from '@jest/globals';
import { attemptId, maxAttempts } from './attempt-id.js';
import { bucketOfKey } from './bucket-of-key.js';

describe('ids of attempts', () => {
  const ids = Array.from({ length: maxAttempts }, (_, index) =>
    attemptId('payments', 'payment-1', index + 1),
  );

  it('begin with the id itself, and are different', () => {
    expect(ids[0]).toBe('payment-1');
    expect(new Set(ids).size).toBe(maxAttempts);
  });

  it('are the same again, and lie in one bucket', () => {
    expect(attemptId('payments', 'payment-1', 3)).toBe(ids[2]);
    expect(new Set(ids.map((id) => bucketOfKey('payments', id))).size).toBe(1);
  });
});
