/**
 * Benjamini and Hochberg's correction for many tests at once (1995): a test whose adjusted value is at most q is a
 * discovery, and of all discoveries at most a share of q is false. Where nothing is true at all, that is the probability
 * of any discovery.
 * @returns the adjusted values, in the order of `probabilities`
 */
export function adjustForMany(probabilities: readonly number[]): number[] {
  const total = probabilities.length;
  const fromLargest = probabilities
    .map((probability, index) => ({ probability, index }))
    .sort((one, other) => other.probability - one.probability);
  const adjusted = new Array<number>(total).fill(1);
  let least = 1;
  fromLargest.forEach(({ probability, index }, place) => {
    least = Math.min(least, (probability * total) / (total - place));
    adjusted[index] = least;
  });
  return adjusted;
}
