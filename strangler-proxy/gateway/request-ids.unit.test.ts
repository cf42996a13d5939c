import { describe, expect, it } from '@jest/globals';
import { newRequestId } from './request-ids.js';

describe('request ids', () => {
  it('are UUIDs of version 7 that sort by time and never repeat', () => {
    const ids = Array.from({ length: 5_000 }, () => newRequestId(0x0123456789ab));
    for (const id of ids) expect(id).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(ids.length);
    expect(newRequestId(1) < newRequestId(2)).toBe(true);
  });
});
