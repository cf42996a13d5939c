import type { z } from 'zod';
import { maxAmount } from '#contracts/http/fields.js';
import type { ordersEndpoints } from '#contracts/shop/orders.js';
import { AppError } from '#platform/errors/app-error.js';
import type { NewOrder } from '../domain/order.js';
import { priceOrder } from '../domain/price-order.js';
import type { FindProducts } from './participants.js';

export type OrderRequest = z.output<typeof ordersEndpoints.create.body>;

/**
 * Puts prices on what a customer wants.
 * @throws AppError `not_found` that names every unknown product; `invalid_request` for prices of several
 *   currencies, or a total that no amount can say; `unavailable`
 */
export async function quoteOrder(
  findProducts: FindProducts,
  orderId: string,
  { customerId, items, contact, shippingAddress }: OrderRequest,
): Promise<NewOrder> {
  const pricing = priceOrder(items, await findProducts(items.map(({ productId }) => productId)));
  if (pricing.outcome === 'unknown products') {
    throw new AppError('not_found', `There is no product ${pricing.productIds.join(', ')}`, {
      errors: pricing.productIds.map((id) => ({ path: id, message: 'is not in the catalogue' })),
    });
  }
  if (pricing.outcome === 'several currencies') {
    throw new AppError(
      'invalid_request',
      `The products are priced in ${pricing.currencies.join(' and ')}: make an order for each currency`,
      { errors: [{ path: 'items', message: 'must be priced in one currency' }] },
    );
  }
  if (pricing.outcome === 'too much') {
    throw new AppError(
      'invalid_request',
      `The order costs more than ${maxAmount}: make several orders of it`,
      {
        errors: [{ path: 'items', message: 'cost more than one order can' }],
      },
    );
  }
  const { lines, currency, total } = pricing;
  return { orderId, customerId, lines, currency, total, contact, shippingAddress: shippingAddress ?? null };
}
