import type { Stock } from '#contracts/shop/inventory.js';
import { AppError } from '#platform/errors/app-error.js';
import { toStock } from '../domain/stock-level.js';
import type { StockLevels } from './stock-levels.js';

/** @throws AppError `not_found` for a product that has never had stock */
export async function getStock(
  levels: Pick<StockLevels<unknown>, 'find'>,
  productId: string,
): Promise<Stock> {
  const level = await levels.find(productId);
  if (!level) throw new AppError('not_found', `There is no stock of a product ${productId}`);
  return toStock(level);
}
