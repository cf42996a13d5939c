import { bucketCount } from '#contracts/strangler/ownership.js';

/**
 * The bucket of an id, the same that Unleash uses for gradual roll-out (`normalizedStrategyValue`), so that
 * "30 %" on a flag means buckets 1 to 30.
 * @param id a key, a customer, a session
 * @param groupId keeps roll-outs of different flags independent of each other
 * @returns 1 to 100
 */
export function bucketOf(id: string, groupId: string): number {
  return (murmurHash3(`${groupId}:${id}`) % bucketCount) + 1;
}

/**
 * MurmurHash3 x86 32 bit, seed 0, by Austin Appleby (public domain), over the low byte of each UTF-16 unit:
 * that is how Unleash's Node SDK reads a string, and buckets must agree with it for every id.
 */
function murmurHash3(text: string): number {
  const length = text.length;
  const tail = length & ~3;
  let hash = mixBlocks(text);
  let rest = 0;
  for (let at = length - 1; at >= tail; at--) rest = (rest << 8) | byte(text, at);
  if (length > tail) hash ^= scramble(rest);
  return finalise(hash ^ length);
}

/** The state of the hash after all whole blocks of four units of a text; what is left of the text is not in it. */
export function mixBlocks(text: string): number {
  const tail = text.length & ~3;
  let hash = 0;
  for (let at = 0; at < tail; at += 4) {
    hash ^= scramble(
      byte(text, at) | (byte(text, at + 1) << 8) | (byte(text, at + 2) << 16) | (byte(text, at + 3) << 24),
    );
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  return hash;
}

function byte(text: string, at: number): number {
  return text.charCodeAt(at) & 0xff;
}

function scramble(word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}

function finalise(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
