export type ParsedPrice = { pence: number } | { problem: 'malformed' | 'not_positive' | 'not_whole_pence' };

/**
 * Reads a price in pounds, such as `2.55`, `2.5` or `18`, as pence, digit by digit: no float is ever involved.
 * @returns pence, above 0 and below 10^11
 */
export function parsePrice(text: string): ParsedPrice {
  const [, sign = '', pounds = '', fraction = ''] = /^(-?)(\d{1,9})(?:\.(\d{1,20}))?$/.exec(text) ?? [];
  if (pounds === '') return { problem: 'malformed' };
  if (sign === '-' || /^0*$/.test(pounds + fraction)) return { problem: 'not_positive' };
  if (/[1-9]/.test(fraction.slice(2))) return { problem: 'not_whole_pence' };
  return { pence: Number(pounds + fraction.slice(0, 2).padEnd(2, '0')) };
}
