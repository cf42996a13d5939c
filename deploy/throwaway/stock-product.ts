/**
 * Creates a product with stock, through the public API.
 * @throws when the shop refuses it
 */
export async function stockProduct(gateway: string, productId: string, available: number): Promise<void> {
  const price = { amount: 250, currency: 'GBP' };
  await put(new URL(`/products/${productId}`, gateway), { name: `Product ${productId}`, price });
  await put(new URL(`/inventory/${productId}`, gateway), { available });
}

async function put(url: URL, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) });
  if (!answer.ok)
    throw new Error(`PUT ${url.pathname} was answered ${answer.status}: ${await answer.text()}`);
}
