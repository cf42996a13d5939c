import type { Transaction } from 'sequelize';
import { AppError } from '#platform/http/app-error.js';
import type { StockRow, StockTable } from './stock-table.js';

export interface OrderedItem {
  productId: string;
  quantity: number;
}

/**
 * Sets units aside for an order: all items, or none.
 * @throws AppError `insufficient_stock` that names every product of which there is not enough
 */
export async function reserveStock(
  stock: StockTable,
  items: readonly OrderedItem[],
  now: Date,
  transaction: Transaction,
): Promise<void> {
  const rows = await lockRows(stock, items, transaction);
  const short = items.filter((item) => (rows.get(item.productId)?.available ?? 0) < item.quantity);
  if (short.length > 0) throw insufficientStock(short, rows);
  await moveUnits(stock, rows, items, now, transaction, (row, quantity) => ({
    available: row.available - quantity,
    reserved: row.reserved + quantity,
  }));
}

/** Puts reserved units back, after a declined payment or a cancelled order. */
export async function releaseStock(
  stock: StockTable,
  items: readonly OrderedItem[],
  now: Date,
  transaction: Transaction,
): Promise<void> {
  const rows = await lockRows(stock, items, transaction);
  await moveUnits(stock, rows, items, now, transaction, (row, quantity) => ({
    available: row.available + quantity,
    reserved: row.reserved - quantity,
  }));
}

/** Reserved units leave the house. */
export async function shipStock(
  stock: StockTable,
  items: readonly OrderedItem[],
  now: Date,
  transaction: Transaction,
): Promise<void> {
  const rows = await lockRows(stock, items, transaction);
  await moveUnits(stock, rows, items, now, transaction, (row, quantity) => ({
    reserved: row.reserved - quantity,
  }));
}

function insufficientStock(short: readonly OrderedItem[], rows: Map<string, StockRow>): AppError {
  const names = short.map((item) => item.productId).join(', ');
  return new AppError('insufficient_stock', `There is not enough stock of ${names}`, {
    errors: short.map(({ productId, quantity }) => ({
      path: productId,
      message: `${rows.get(productId)?.available ?? 0} available, ${quantity} wanted`,
    })),
  });
}

/** Rows are locked in order of their ids, so that two orders of the same products can't wait for each other. */
async function lockRows(
  stock: StockTable,
  items: readonly OrderedItem[],
  transaction: Transaction,
): Promise<Map<string, StockRow>> {
  const rows = await stock.findAll({
    where: { productId: items.map((item) => item.productId) },
    order: [['productId', 'ASC']],
    transaction,
    lock: transaction.LOCK.UPDATE,
  });
  return new Map(rows.map((row) => [row.productId, row]));
}

/**
 * Writes all changes in one statement: orders of popular products wait for each other's locks, and each round
 * trip that a lock is held for is multiplied by the queue behind it. The rows exist, so none is ever inserted.
 */
async function moveUnits(
  stock: StockTable,
  rows: Map<string, StockRow>,
  items: readonly OrderedItem[],
  now: Date,
  transaction: Transaction,
  change: (row: StockRow, quantity: number) => { available?: number; reserved: number },
): Promise<void> {
  const changed = items.map(({ productId, quantity }) => {
    const row = rows.get(productId);
    if (!row) throw new AppError('not_found', `There is no stock of a product ${productId}`);
    const { available } = row;
    return { productId, available, ...change(row, quantity), version: row.version + 1, updatedAt: now };
  });
  await stock.bulkCreate(changed, {
    updateOnDuplicate: ['available', 'reserved', 'version', 'updatedAt'],
    transaction,
  });
}
