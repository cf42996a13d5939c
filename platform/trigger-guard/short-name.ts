import { createHash } from 'node:crypto';

/** Most characters that a name in the database may have. */
const longest = 64;

/** A name made of these parts; where it would be too long, a digest stands for the end of the middle one. */
export function shortName(before: string, middle: string, after: string): string {
  const room = longest - before.length - after.length;
  if (middle.length <= room) return before + middle + after;
  const digest = createHash('sha256').update(middle).digest('hex').slice(0, 8);
  return `${before}${middle.slice(0, room - digest.length - 1)}_${digest}${after}`;
}
