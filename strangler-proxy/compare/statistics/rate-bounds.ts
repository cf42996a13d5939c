import { logGamma } from './log-gamma.js';
import type { Count } from './two-samples.js';

/**
 * The exact (Clopper-Pearson) one-sided lower bound of a rate.
 * @param confidence 0.95 for a bound that holds 95 times in 100
 */
export function lowerBound({ seen, of }: Count, confidence = 0.95): number {
  if (of === 0 || seen === 0) return 0;
  if (seen === of) return (1 - confidence) ** (1 / of);
  return solve((rate) => incompleteBeta(rate, seen, of - seen + 1) - (1 - confidence));
}

/** The exact one-sided upper bound of a rate; 1 where nothing was looked at. */
export function upperBound({ seen, of }: Count, confidence = 0.95): number {
  if (of === 0) return 1;
  return 1 - lowerBound({ seen: of - seen, of }, confidence);
}

/** How many times something has to be looked for in vain before its rate is known to be below `rate`. */
export function looksToBound(rate: number, confidence = 0.95): number {
  if (rate >= 1) return 1;
  return Math.floor(Math.log(1 - confidence) / Math.log1p(-rate)) + 1;
}

/** Where an increasing function of a rate crosses 0. */
function solve(increasing: (rate: number) => number): number {
  let [low, high] = [0, 1];
  for (let round = 0; round < 100 && high - low > 1e-15; round += 1) {
    const middle = (low + high) / 2;
    if (increasing(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The regularised incomplete beta function, by Lentz's continued fraction (Numerical Recipes, 6.4). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * continuedFraction(x, a, b)) / a
    : 1 - (front * continuedFraction(1 - x, b, a)) / b;
}

function continuedFraction(x: number, a: number, b: number): number {
  const notZero = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / notZero(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let step = 1; step <= 10_000; step += 1) {
    const even = (step * (b - step) * x) / ((a + 2 * step - 1) * (a + 2 * step));
    d = 1 / notZero(1 + even * d);
    c = notZero(1 + even / c);
    result *= d * c;
    const odd = (-(a + step) * (a + b + step) * x) / ((a + 2 * step) * (a + 2 * step + 1));
    d = 1 / notZero(1 + odd * d);
    c = notZero(1 + odd / c);
    const change = d * c;
    result *= change;
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return result;
}
