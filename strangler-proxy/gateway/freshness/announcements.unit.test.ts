import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { WriteNotice, WrittenKeys } from '#contracts/strangler/written-keys.js';
import { inMessages, watchSequences } from './announcer.js';

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

describe('many announcements at once', () => {
  const notice = (write: number, keys: WriteNotice['keys']): WriteNotice => {
    return { write: String(write), keys, state: 'intended', at: 1_790_000_000_000 };
  };
  const bytes = (writes: readonly WriteNotice[]) => Buffer.byteLength(JSON.stringify(writes));

  it('fit into messages that the server takes, none is left out, and keys are told as far as there is room', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string({ unit: 'grapheme', maxLength: 400 }), { maxLength: 9 }), {
          maxLength: 30,
        }),
        fc.integer({ min: 200, max: 4_000 }),
        (all, most) => {
          const notices = all.map((keys, write) => notice(write, keys));
          const messages = inMessages(notices, most);
          for (const writes of messages) expect(bytes(writes)).toBeLessThanOrEqual(most + 1);
          const told = messages.flat();
          expect(told.map(({ write }) => write)).toEqual(notices.map(({ write }) => write));
          for (const [index, { keys }] of told.entries()) {
            const one = notices[index] as WriteNotice;
            expect(keys).toEqual(bytes([one]) - 1 > most ? 'all' : one.keys);
          }
        },
      ),
    );
  });

  it('are one empty message where there is nothing to say', () => {
    expect(inMessages([], 1_000)).toEqual([[]]);
  });

  it('are bounded all together: 200 writes of 60 kB say of most keys that it may be any', () => {
    const notices = Array.from({ length: 200 }, (_, write) => notice(write, ['k'.repeat(60_000)]));
    const messages = inMessages(notices, 256 * 1024);
    expect(messages.flat()).toHaveLength(200);
    expect(bytes(messages.flat())).toBeLessThan(1.1 * 1024 * 1024);
    expect(messages.flat().at(-1)?.keys).toBe('all');
  });
});
