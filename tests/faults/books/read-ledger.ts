import type { Charge } from '#contracts/shop/provider.js';

/**
 * All charges that the card provider knows of, from its own interface.
 * @throws when it does not answer
 */
export async function readLedger(providersUrl: string): Promise<Charge[]> {
  const charges: Charge[] = [];
  let cursor: string | null = null;
  do {
    const url = new URL('/ledger?limit=200', providersUrl);
    if (cursor !== null) url.searchParams.set('cursor', cursor);
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`the provider's ledger was answered ${answer.status}`);
    const page = (await answer.json()) as { items: Charge[]; nextCursor: string | null };
    charges.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return charges;
}
