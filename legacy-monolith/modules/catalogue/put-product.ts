import type { Transaction } from 'sequelize';
import type { Money } from '#contracts/http/fields.js';
import type { Product } from '#contracts/shop/catalogue.js';
import { checkVersion, type ExpectedVersions } from '#platform/http/entity-tag.js';
import { type ProductTable, toProduct } from './product-table.js';

export interface ProductChange {
  productId: string;
  name: string;
  price: Money;
}

/**
 * Creates a product, or gives an existing one a new name and price.
 * @throws AppError `version_mismatch`; a product that does not exist has version 0
 */
export async function putProduct(
  products: ProductTable,
  { productId, name, price }: ProductChange,
  expected: ExpectedVersions,
  now: Date,
  transaction: Transaction,
): Promise<{ product: Product; created: boolean }> {
  const row = await products.findByPk(productId, { transaction, lock: transaction.LOCK.UPDATE });
  checkVersion(`Product ${productId}`, row?.version ?? 0, expected);
  const change = { name, priceAmount: price.amount, priceCurrency: price.currency, updatedAt: now };
  const saved = row
    ? await row.update({ ...change, version: row.version + 1 }, { transaction })
    : await products.create({ productId, ...change, version: 1, createdAt: now }, { transaction });
  return { product: toProduct(saved), created: !row };
}
