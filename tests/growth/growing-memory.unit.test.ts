import { describe, expect, it } from '@jest/globals';
import { memoryStores } from '../../deploy/growth/memory-stores.js';
import { repository } from '../support/start-shop.js';
import { growingMemoryIn, growingMemoryOf } from './support/growing-memory.js';

/** Programs that run for months; commands, imports and the supervisor of a local system end. */
const folders = [
  'platform',
  'legacy-monolith',
  'extracted',
  'sidecar',
  'strangler-proxy/gateway',
  'strangler-proxy/compare',
  'strangler-proxy/control',
];
const ending = /^(platform\/(supervision|embedded)|legacy-monolith\/(import|replay))\//;

describe('what grows in memory', () => {
  const found = [...new Set(growingMemoryIn(repository, folders).filter((one) => !ending.test(one)))];
  const listed = Object.values(memoryStores).flat();

  it('is all in the list, with what keeps it from growing for ever', () => {
    expect(found.filter((one) => !listed.includes(one))).toEqual([]);
  });

  it('is still there', () => {
    expect(listed.filter((one) => !found.includes(one))).toEqual([]);
  });

  it('is found at the top of a module, in a class and beside what uses it, and not where it ends with its function', () => {
    const source = `
      const known = new Map<string, number>();
      class Line { readonly waiting: string[] = []; }
      export function open() {
        const held = new Set<string>();
        const short = new Map();
        for (const one of known) short.set(one, 1);
        return { add: (one: string) => held.add(one), size: short.size };
      }
      const names = new Map([['a', 1]]);`;
    expect(growingMemoryOf('a.ts', source)).toEqual(['a.ts#known', 'a.ts#waiting', 'a.ts#held']);
  });
});
