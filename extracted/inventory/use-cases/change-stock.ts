import { maxAvailable, type Stock } from '#contracts/shop/inventory.js';
import { AppError } from '#platform/errors/app-error.js';
import { checkVersion, type ExpectedVersions } from '#platform/http/entity-tag.js';
import { available, firstLevel, hasRoomFor, moved, type StockLevel, toStock } from '../domain/stock-level.js';
import type { StockWork } from './stock-levels.js';

/** Which product, under which condition. */
export interface StockChange {
  productId: string;
  expected: ExpectedVersions;
}

/** Does the catalogue know the product? Throws AppError `unavailable` when it does not say. */
export type ProductExists = (productId: string) => Promise<boolean>;

/**
 * Sets the units of a product that can be sold; the first call creates its stock level.
 * @throws AppError `not_found` for a product that is not in the catalogue, `version_mismatch`, `unavailable`
 */
export async function setStock<Transaction>(
  work: StockWork<Transaction> & { productExists: ProductExists },
  { productId, expected }: StockChange,
  wanted: number,
  transaction: Transaction,
): Promise<Stock> {
  const level = await lockLevel(work, productId, transaction);
  if (level) {
    checkVersion(`Stock of ${productId}`, level.version, expected);
    return save(work, level, wanted - available(level), transaction);
  }
  // What has stock is in the catalogue, which forgets no product: only for the first level it has to be asked.
  if (!(await work.productExists(productId)))
    throw new AppError('not_found', `There is no product ${productId}: create it first`);
  checkVersion(`Stock of ${productId}`, 0, expected);
  const first = firstLevel(productId, wanted, work.clock());
  if (await work.levels.add(first, transaction)) return toStock(first);
  // Another transaction has added it in the meantime.
  return setStock(work, { productId, expected }, wanted, transaction);
}

/**
 * Takes units out of stock.
 * @throws AppError `not_found`, `version_mismatch`, `insufficient_stock`
 */
export async function decreaseStock<Transaction>(
  work: StockWork<Transaction>,
  { productId, expected }: StockChange,
  quantity: number,
  transaction: Transaction,
): Promise<Stock> {
  const level = await requireLevel(work, productId, expected, transaction);
  const left = available(level);
  if (left < quantity) {
    throw new AppError('insufficient_stock', `There are ${left} of ${productId}, not ${quantity}`, {
      errors: [{ path: productId, message: `${left} available, ${quantity} wanted` }],
    });
  }
  return save(work, level, -quantity, transaction);
}

/**
 * Puts units into stock.
 * @throws AppError `not_found`, `version_mismatch`, `invalid_state` when more than the shop can count would be there
 */
export async function increaseStock<Transaction>(
  work: StockWork<Transaction>,
  { productId, expected }: StockChange,
  quantity: number,
  transaction: Transaction,
): Promise<Stock> {
  const level = await requireLevel(work, productId, expected, transaction);
  if (!hasRoomFor(level, quantity)) {
    throw new AppError('invalid_state', `Stock of ${productId} can't be more than ${maxAvailable}`);
  }
  return save(work, level, quantity, transaction);
}

async function requireLevel<Transaction>(
  work: StockWork<Transaction>,
  productId: string,
  expected: ExpectedVersions,
  transaction: Transaction,
): Promise<StockLevel> {
  const level = await lockLevel(work, productId, transaction);
  if (!level) throw new AppError('not_found', `There is no stock of a product ${productId}`);
  checkVersion(`Stock of ${productId}`, level.version, expected);
  return level;
}

async function lockLevel<Transaction>(
  { levels }: StockWork<Transaction>,
  productId: string,
  transaction: Transaction,
): Promise<StockLevel | undefined> {
  return (await levels.lock([productId], transaction)).get(productId);
}

async function save<Transaction>(
  { levels, clock }: StockWork<Transaction>,
  level: StockLevel,
  onHand: number,
  transaction: Transaction,
): Promise<Stock> {
  const next = moved(level, { onHand }, clock());
  await levels.save([next], transaction);
  return toStock(next);
}
