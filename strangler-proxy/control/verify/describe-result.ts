import type { VerifyResult } from './verify-result.js';

/** What a verification found, in a sentence without its full stop. */
export function describeResult(result: VerifyResult): string {
  const { outcome, differences, more, unconfirmed, problem, tables } = result;
  const rows = tables.reduce((sum, { rows: of }) => sum + Math.max(of.monolith, of.service), 0);
  const compared = `${rows} rows of ${tables.length} tables compared`;
  if (outcome === 'equal') return `no difference: ${compared}`;
  if (outcome === 'different')
    return `${more ? 'at least ' : ''}${count(differences.length, 'row')} ${differences.length === 1 ? 'differs' : 'differ'}`;
  if (problem !== null) return `could not be verified: ${problem}`;
  return `${count(unconfirmed.length, 'row')} could not be settled, the first one since ${unconfirmed[0]?.why ?? 'nobody knows why'}`;
}

/** `1 row`, `2 rows`. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
