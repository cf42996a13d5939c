import type { Restore } from '../history/without-lost.js';
import { randomFrom } from '../load/random.js';
import { handOverControl } from '../support/hand-over-control.js';
import type { Mishaps, MishapScene } from './mishap.js';
import { restoreKinds, restoreMonolith } from './restore-monolith.js';
import { writeOnWrongSide } from './write-on-wrong-side.js';

type Known = 'shop' | 'environment' | 'say' | 'shelf' | 'databases' | 'operations' | 'disturbances';

/**
 * Lets what only a person can set right happen, one after the other, while clients write: rows that are written by hand on the
 * wrong side, and a database that is put back to a copy. Both sides own buckets meanwhile, and after each buckets move again.
 * @param handOverWithin longest that buckets may take to get where they should, in milliseconds
 * @param restores gets what the restores took
 * @returns what is wrong
 */
export async function meetMishaps(
  { strays = 0, restores = 0, ofMonolith, noticeWithin = 600_000 }: Mishaps,
  known: Pick<MishapScene, Known>,
  seed: number,
  handOverWithin: number,
  restored: Restore[],
): Promise<string[]> {
  const random = randomFrom(seed);
  const control = handOverControl(known.shop);
  const scene: MishapScene = { ...known, control, random, noticeWithin };

  async function happen(count: number, percent: number): Promise<string[]> {
    if (count < strays) return writeOnWrongSide(scene, percent);
    if (!ofMonolith)
      throw new Error("the monolith's database has no server of its own that could be restored");
    const kind = restoreKinds[(count - strays) % restoreKinds.length] ?? 'plain';
    return restoreMonolith(scene, ofMonolith, kind, restored);
  }

  const total = strays + restores;
  if (total === 0) return [];
  for (let count = 0; ; count += 1) {
    const percent = random.between(20, 80);
    const obstacle = await control.share(percent, handOverWithin);
    if (obstacle !== undefined)
      return [`a hand-over to ${percent} % has not ended within ${handOverWithin / 1_000} s: ${obstacle}`];
    if (count === total) return [];
    const wrong = await happen(count, percent);
    if (wrong.length > 0) return wrong;
  }
}
