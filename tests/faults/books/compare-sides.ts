import { isDeepStrictEqual } from 'node:util';
import type { Side } from '#contracts/strangler/move.js';
import { bookedCapabilities, type SideBooks } from './read-side.js';

/** Says where the replicas of one side have something else than the side that owns everything. */
export function differencesOf(owner: Side, own: SideBooks, replica: SideBooks): string[] {
  return bookedCapabilities.flatMap((capability) => {
    const [left, right] = [own[capability], replica[capability]] as [
      ReadonlyMap<string, unknown>,
      ReadonlyMap<string, unknown>,
    ];
    const keys = new Set([...left.keys(), ...right.keys()]);
    return [...keys].flatMap((key) => {
      const [at, copy] = [left.get(key), right.get(key)];
      if (isDeepStrictEqual(at, copy)) return [];
      return [
        `${capability} ${key}: the ${owner}, which owns it, has ${say(at)}, the other side has ${say(copy)}`,
      ];
    });
  });
}

function say(entry: unknown): string {
  return entry === undefined ? 'nothing' : JSON.stringify(entry);
}
