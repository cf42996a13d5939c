import type { Books, Discrepancy } from './books.js';
import { isPaid } from './check-books.js';
import type { Told } from './order-in-doubt.js';

/**
 * Says where customers who have asked again under the same key have something else than they were told: more than one order,
 * one that was confirmed and is not there, or one that was refused and is paid.
 */
export function checkTold(told: readonly Told[], { orders }: Pick<Books, 'orders'>): Discrepancy[] {
  return told.flatMap(({ email, status, tries }) => {
    const own = orders.filter((order) => order.email === email);
    const found = own.map((order) => `${order.orderId} ${order.status}`).join(', ') || 'none';
    const what = `was told ${status ?? 'nothing'} after ${tries} tries, its orders are: ${found}`;
    if (status === undefined || own.length > 1) return [{ about: email, what }];
    // Accepted, and decided later.
    if (status === 202) return own.length === 1 ? [] : [{ about: email, what }];
    return own.some(isPaid) === (status === 201) ? [] : [{ about: email, what }];
  });
}
