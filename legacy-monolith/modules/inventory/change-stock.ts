import { UniqueConstraintError } from 'sequelize';
import { maxAvailable, type Stock } from '#contracts/shop/inventory.js';
import type { Guarded } from '#platform/database/guarded.js';
import { AppError } from '#platform/errors/app-error.js';
import { checkVersion, type ExpectedVersions } from '#platform/http/entity-tag.js';
import { lockStock, saveStock, type StockTable, type StockValues, toStock } from './stock-table.js';

/** Who writes, when, and under which condition. */
export interface StockWrite {
  expected: ExpectedVersions;
  now: Date;
  transaction: Guarded<'inventory'>;
}

/** Sets the stock of a product, which is created by the first call. */
export async function setStock(
  stock: StockTable,
  productId: string,
  available: number,
  { expected, now, transaction }: StockWrite,
): Promise<Stock> {
  const row = await lockStock(productId, transaction);
  checkVersion(`Stock of ${productId}`, row?.version ?? 0, expected);
  if (row) return save(row, available, now, transaction);
  try {
    return toStock(
      await stock.create({ productId, available, reserved: 0, version: 1, updatedAt: now }, { transaction }),
    );
  } catch (error) {
    // Another transaction has created it in the meantime.
    if (!(error instanceof UniqueConstraintError)) throw error;
    return setStock(stock, productId, available, { expected, now, transaction });
  }
}

/**
 * Takes units out of stock.
 * @throws AppError `not_found`, `version_mismatch`, `insufficient_stock`
 */
export async function decreaseStock(
  productId: string,
  quantity: number,
  { expected, now, transaction }: StockWrite,
): Promise<Stock> {
  const row = await requireRow(productId, expected, transaction);
  if (row.available < quantity) {
    throw new AppError('insufficient_stock', `There are ${row.available} of ${productId}, not ${quantity}`, {
      errors: [{ path: productId, message: `${row.available} available, ${quantity} wanted` }],
    });
  }
  return save(row, row.available - quantity, now, transaction);
}

/**
 * Puts units into stock.
 * @throws AppError `not_found`, `version_mismatch`, `invalid_state` when more than the shop can count would be there
 */
export async function increaseStock(
  productId: string,
  quantity: number,
  { expected, now, transaction }: StockWrite,
): Promise<Stock> {
  const row = await requireRow(productId, expected, transaction);
  if (row.available + quantity > maxAvailable) {
    throw new AppError('invalid_state', `Stock of ${productId} can't be more than ${maxAvailable}`);
  }
  return save(row, row.available + quantity, now, transaction);
}

async function requireRow(
  productId: string,
  expected: ExpectedVersions,
  transaction: Guarded<'inventory'>,
): Promise<StockValues> {
  const row = await lockStock(productId, transaction);
  if (!row) throw new AppError('not_found', `There is no stock of a product ${productId}`);
  checkVersion(`Stock of ${productId}`, row.version, expected);
  return row;
}

async function save(
  row: StockValues,
  available: number,
  now: Date,
  transaction: Guarded<'inventory'>,
): Promise<Stock> {
  const changed = { ...row, available, version: row.version + 1, updatedAt: now };
  await saveStock(changed, transaction);
  return toStock(changed);
}
