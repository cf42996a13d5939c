import { Op, type Transaction } from 'sequelize';
import { z } from 'zod';
import type { Product } from '#contracts/shop/catalogue.js';
import { AppError } from '#platform/errors/app-error.js';
import { decodeCursor, type Page, pageOf } from '#platform/http/page.js';
import { type ProductTable, toProduct } from './product-table.js';

/** @throws AppError `not_found` */
export async function getProduct(products: ProductTable, productId: string): Promise<Product> {
  const row = await products.findByPk(productId);
  if (!row) throw new AppError('not_found', `There is no product ${productId}`);
  return toProduct(row);
}

/** Products in order of their ids. */
export async function listProducts(
  products: ProductTable,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<Product>> {
  const after = decodeCursor(cursor, z.string());
  const rows = await products.findAll({
    where: after === undefined ? {} : { productId: { [Op.gt]: after } },
    order: [['productId', 'ASC']],
    limit: limit + 1,
  });
  return pageOf(rows, limit, toProduct, (row) => row.productId);
}

/**
 * Reads several products by id, for the modules that sell them.
 * @returns those that exist, by id
 */
export async function findProducts(
  products: ProductTable,
  productIds: readonly string[],
  transaction: Transaction,
): Promise<Map<string, Product>> {
  const rows = await products.findAll({ where: { productId: [...productIds] }, transaction });
  return new Map(rows.map((row) => [row.productId, toProduct(row)]));
}
