interface StockPage {
  items: { productId: string }[];
  nextCursor: string | null;
}

/**
 * All stock that one side holds, as its own API lists it.
 * @param side base URL of the monolith or of the service, not of the gateway
 */
export async function listStock(side: string): Promise<StockPage['items']> {
  const items: StockPage['items'] = [];
  let cursor: string | null = null;
  do {
    const url = new URL('/inventory?limit=200', side);
    if (cursor !== null) url.searchParams.set('cursor', cursor);
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url.href} answered ${answer.status}: ${await answer.text()}`);
    const page = (await answer.json()) as StockPage;
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}
