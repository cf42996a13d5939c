import { Pool } from 'undici';
import type { Random } from '../load/random.js';

const plenty = 100_000;
const atOnce = 8;
/** One product in so many keeps the stock that the file gives it, which is one round's: it runs out. */
const scarce = 10;

/**
 * Gives the shop enough stock for many rounds of the same orders, but of some products.
 * @throws when the shop refuses to
 */
export async function fillShelves(
  gateway: string,
  productIds: readonly string[],
  random: Random,
): Promise<void> {
  const pool = new Pool(gateway, { connections: atOnce });
  const left = productIds.filter(() => random.between(1, scarce) > 1);
  const fill = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ available: plenty });
      const answer = await pool.request({ method: 'PUT', path: `/inventory/${id}`, headers, body });
      if (answer.statusCode >= 300)
        throw new Error(`stock of ${id} was answered ${answer.statusCode}: ${await answer.body.text()}`);
      await answer.body.dump();
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, fill));
  } finally {
    await pool.close();
  }
}
