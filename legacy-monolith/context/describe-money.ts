import type { Money } from '#contracts/http/fields.js';

/** An amount for people, e.g. `12.99 GBP`, with as many decimals as its currency has. */
export function describeMoney({ amount, currency }: Money): string {
  const { maximumFractionDigits: decimals = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions();
  const digits = String(amount).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals);
  return `${whole}${fraction && `.${fraction}`} ${currency}`;
}
