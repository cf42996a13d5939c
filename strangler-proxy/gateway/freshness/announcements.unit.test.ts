import { describe, expect, it } from '@jest/globals';
import type { WrittenKeys } from '#contracts/strangler/written-keys.js';
import { watchSequences } from './announcer.js';

function message(gateway: string, sequence: number, capability = 'inventory'): WrittenKeys {
  return { gateway, sequence, capability, writes: [] };
}

describe('announcements', () => {
  it('that come in their order are complete', () => {
    const missed: string[] = [];
    const watch = watchSequences(
      (capability) => missed.push(capability),
      () => 0,
    );
    for (const sequence of [1, 2, 3]) watch(message('a', sequence));
    for (const sequence of [1, 2]) watch(message('b', sequence));
    watch(message('a', 1, 'orders'));
    expect(missed).toEqual([]);
  });

  it('of which one is missing are noticed, for their capability alone, and the rest counts on from there', () => {
    const missed: string[] = [];
    const watch = watchSequences(
      (capability) => missed.push(capability),
      () => 0,
    );
    watch(message('a', 1));
    watch(message('a', 3));
    watch(message('a', 4));
    expect(missed).toEqual(['inventory']);
  });

  it('of a gateway that is heard in the middle are incomplete', () => {
    const missed: string[] = [];
    const watch = watchSequences(
      (capability) => missed.push(capability),
      () => 0,
    );
    watch(message('a', 7));
    expect(missed).toEqual(['inventory']);
  });

  it('of gateways that have long gone are forgotten', () => {
    let now = 0;
    const missed: string[] = [];
    const watch = watchSequences(
      (capability) => missed.push(capability),
      () => now,
    );
    watch(message('a', 1));
    now = 600_000;
    watch(message('b', 1));
    watch(message('a', 2));
    expect(missed).toEqual(['inventory']);
  });
});
