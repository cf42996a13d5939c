import { logChoose } from './log-gamma.js';

/** How often something was seen, of how many times it was looked for. */
export interface Count {
  seen: number;
  of: number;
}

/**
 * Fisher's exact test, one-sided: how probable it is that the first sample shows at least as many as it does when both
 * are drawn from the same population. It is exact at every size, and errs on the side of no difference.
 * @returns 0 to 1; 1 where the first sample shows no more than its share
 */
export function moreOftenThan(first: Count, second: Count): number {
  const seen = first.seen + second.seen;
  const of = first.of + second.of;
  if (first.seen * of <= seen * first.of) return 1;
  let term = Math.exp(
    logChoose(first.of, first.seen) + logChoose(second.of, second.seen) - logChoose(of, seen),
  );
  let sum = term;
  // Beyond the mode each term is smaller than the one before it: the sum ends when nothing is added any more.
  for (let count = first.seen; count < Math.min(seen, first.of); count += 1) {
    const grown = (first.of - count) * (seen - count);
    const shrunk = (count + 1) * (second.of - seen + count + 1);
    term *= grown / shrunk;
    sum += term;
    if (term < sum * 1e-15) break;
  }
  return Math.min(1, sum);
}

/**
 * The exact binomial test, one-sided: how probable at least `seen` of `of` is when each has this probability. With one half
 * it is the sign test.
 */
export function atLeast({ seen, of }: Count, probability: number): number {
  if (seen <= of * probability) return 1;
  let term = Math.exp(
    logChoose(of, seen) + seen * Math.log(probability) + (of - seen) * Math.log1p(-probability),
  );
  let sum = term;
  for (let count = seen; count < of; count += 1) {
    term *= ((of - count) * probability) / ((count + 1) * (1 - probability));
    sum += term;
    if (term < sum * 1e-15) break;
  }
  return Math.min(1, sum);
}
