const longest = 60;

/**
 * How long to wait before the next attempt: 1, 2, 4, ... seconds, at most a minute, for as long as it takes.
 * @param attempts how many have failed
 * @param random 0 to 1; spreads what failed together over the last quarter of the delay
 * @returns milliseconds
 */
export function retryDelay(attempts: number, random: number): number {
  const seconds = Math.min(longest, 2 ** Math.min(attempts - 1, 10));
  return Math.round(seconds * 1000 * (0.75 + random / 4));
}
