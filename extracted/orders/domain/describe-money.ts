import type { Money } from '#contracts/http/fields.js';

/** A payment's amount for people, e.g. `12.99 GBP`, with as many decimals as its currency has. */
export function describeMoney({ amount, currency }: Money): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const { maximumFractionDigits: decimals = 2 } = format.resolvedOptions();
  return `${(amount / 10 ** decimals).toFixed(decimals)} ${currency}`;
}
