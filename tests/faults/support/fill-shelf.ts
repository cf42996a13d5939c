import type { Shelf } from '../load/choose-command.js';

const hot = 4;
const cold = 150;
/** Little enough of each for some to run out. */
const available = 150;

/**
 * Creates the products that clients ask for, each with some stock.
 * @throws when the shop refuses one
 */
export async function fillShelf(gateway: string): Promise<Shelf> {
  const hotIds = Array.from({ length: hot }, (_, index) => `hot-${index + 1}`);
  const coldIds = Array.from({ length: cold }, (_, index) => `cold-${index + 1}`);
  for (const productId of [...hotIds, ...coldIds]) {
    const price = { amount: 250, currency: 'GBP' };
    await put(new URL(`/products/${productId}`, gateway), { name: `Product ${productId}`, price });
    await put(new URL(`/inventory/${productId}`, gateway), { available });
  }
  return { hot: hotIds, cold: coldIds };
}

async function put(url: URL, body: unknown): Promise<void> {
  const answer = await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok)
    throw new Error(`PUT ${url.pathname} was answered ${answer.status}: ${await answer.text()}`);
}
