import { Op } from 'sequelize';
import { z } from 'zod';
import type { Stock } from '#contracts/shop/inventory.js';
import { AppError } from '#platform/errors/app-error.js';
import { decodeCursor, type Page, pageOf } from '#platform/http/page.js';
import { type StockTable, toStock } from './stock-table.js';

/** @throws AppError `not_found` for a product that has never had stock */
export async function getStock(stock: StockTable, productId: string): Promise<Stock> {
  const row = await stock.findByPk(productId);
  if (!row) throw new AppError('not_found', `There is no stock of a product ${productId}`);
  return toStock(row);
}

/** Stock in order of product ids. */
export async function listStock(
  stock: StockTable,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<Stock>> {
  const after = decodeCursor(cursor, z.string());
  const rows = await stock.findAll({
    where: after === undefined ? {} : { productId: { [Op.gt]: after } },
    order: [['productId', 'ASC']],
    limit: limit + 1,
  });
  return pageOf(rows, limit, toStock, (row) => row.productId);
}
