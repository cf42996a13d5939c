import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { AppError } from '#platform/http/app-error.js';
import { guardKeys } from '#platform/ownership/guard-keys.js';
import type { SurveyedProduct } from './survey-file.js';

/**
 * Holds the ownership of the stock that an import would write, until the transaction ends; that of products whose stock
 * is there already is left alone.
 * @throws AppError `stock_not_owned`
 */
export async function holdNewStock(
  database: Sequelize,
  products: readonly SurveyedProduct[],
  transaction: Transaction,
): Promise<void> {
  const ids = products.map(({ productId }) => productId);
  if (ids.length === 0) return;
  const known = await database.query<{ id: string }>(
    'SELECT product_id AS id FROM stock_items WHERE product_id IN (?)',
    { replacements: [ids], type: QueryTypes.SELECT, transaction },
  );
  const there = new Set(known.map(({ id }) => id));
  const missing = ids.filter((id) => !there.has(id));
  await guardKeys(database, 'inventory', missing, transaction).catch((error: unknown) => {
    throw error instanceof AppError && error.code === 'not_owner' ? notOwned(error) : error;
  });
}

function notOwned(cause: AppError): AppError {
  const count = cause.options.errors?.length ?? 0;
  return new AppError(
    'stock_not_owned',
    `The inventory service owns the stock of ${count} products that are new to the shop, and an import writes to the ` +
      'monolith only: hand the stock back by "strangler rollback inventory --reason import", import, and hand it over again',
    { cause },
  );
}

/**
 * Looks before anything is written whether an import could write all of its stock.
 * @throws AppError `stock_not_owned`
 */
export function checkNewStock(database: Sequelize, products: readonly SurveyedProduct[]): Promise<void> {
  return database.transaction((transaction) => holdNewStock(database, products, transaction));
}
