import type { BucketRow } from '#contracts/strangler/ownership.js';

/** Compares what both sides say they own. */
export interface SidesCompared {
  /** The other side has said rows of its own. */
  heard(rows: readonly BucketRow[]): void;
  /**
   * To be called again and again with rows that have just been read here.
   * @returns buckets that both own, each with both epochs, once that is certain
   */
  contested(rows: readonly BucketRow[]): string[];
}

/**
 * Looks in a row after which it is certain. Rows of two databases are never of one moment: what was said before a
 * release is heard after the grant, and a plain read may be behind its log. None of that lasts for seconds.
 */
const looksUntilCertain = 3;

/** For what a fail-over or a restored backup can do: a release, or a whole hand-over, that one side has forgotten. */
export function compareSides(): SidesCompared {
  const theirs = new Map<number, BucketRow>();
  const looks = new Map<string, number>();

  const certain = (): string[] =>
    [...looks].filter(([, count]) => count >= looksUntilCertain).map(([one]) => one);

  return {
    heard(rows) {
      for (const row of rows) theirs.set(row.bucket, row);
    },
    contested(rows) {
      // Silence is no news.
      if (theirs.size === 0) return certain();
      const now = rows
        .filter(({ bucket, state }) => state === 'owned' && theirs.get(bucket)?.state === 'owned')
        .map(({ bucket, epoch }) => `${bucket} (epoch ${epoch} here, ${theirs.get(bucket)?.epoch} there)`);
      // Only what is said anew counts at the next look.
      theirs.clear();
      for (const one of [...looks.keys()]) if (!now.includes(one)) looks.delete(one);
      for (const one of now) looks.set(one, (looks.get(one) ?? 0) + 1);
      return certain();
    },
  };
}
