/** Coefficients of Lanczos' approximation with g = 7, n = 9: 15 significant digits. */
const coefficients = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** The natural logarithm of the gamma function. @param x above 0 */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x);
  const shifted = x - 1;
  const base = shifted + 7.5;
  const sum = coefficients.reduce(
    (total, coefficient, index) => (index === 0 ? coefficient : total + coefficient / (shifted + index)),
    0,
  );
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum);
}

/** The natural logarithm of the number of ways to choose `chosen` out of `total`. */
export function logChoose(total: number, chosen: number): number {
  return logGamma(total + 1) - logGamma(chosen + 1) - logGamma(total - chosen + 1);
}
