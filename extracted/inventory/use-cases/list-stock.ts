import { z } from 'zod';
import type { Stock } from '#contracts/shop/inventory.js';
import { decodeCursor, type Page, pageOf } from '#platform/http/page.js';
import { toStock } from '../domain/stock-level.js';
import type { StockLevels } from './stock-levels.js';

/** Stock in order of product ids; a cursor that the monolith gave is good here, and the other way round. */
export async function listStock(
  levels: Pick<StockLevels<unknown>, 'list'>,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<Stock>> {
  const after = decodeCursor(cursor, z.string());
  const rows = await levels.list(after, limit + 1);
  return pageOf(rows, limit, toStock, (level) => level.productId);
}
