import type { Transaction } from 'sequelize';
import type { LockedOrder, OrderWork } from './order-work.js';

/** Notes on the timeline what became of an order's units. */
export function recordStock(
  { recordEvent }: OrderWork,
  { row, items }: LockedOrder,
  type: 'stock.reserved' | 'stock.released',
  transaction: Transaction,
): void {
  const units = items.reduce((sum, item) => sum + item.quantity, 0);
  const detail = `${units} ${units === 1 ? 'unit' : 'units'}`;
  recordEvent({ orderId: row.orderId, type, detail }, transaction);
}
