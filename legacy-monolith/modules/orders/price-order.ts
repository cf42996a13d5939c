import { maxAmount } from '#contracts/http/fields.js';
import type { Product } from '#contracts/shop/catalogue.js';
import { AppError } from '#platform/errors/app-error.js';

interface PricedLine {
  productId: string;
  quantity: number;
  /** Minor units of the order's currency. */
  unitPrice: number;
}

export interface PricedOrder {
  lines: PricedLine[];
  currency: string;
  total: number;
}

/**
 * Prices an order with what its products cost now.
 * @param products those of the items that exist, by id
 * @throws AppError `not_found` that names every unknown product; `invalid_request` for prices of several
 *   currencies, or a total that no amount can say
 */
export function priceOrder(
  items: readonly { productId: string; quantity: number }[],
  products: ReadonlyMap<string, Product>,
): PricedOrder {
  refuseUnknown(items, products);
  const lines = items.map(({ productId, quantity }) => ({
    productId,
    quantity,
    unitPrice: products.get(productId)!.price.amount,
  }));
  const currency = onlyCurrency([...products.values()]);
  const total = lines.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0);
  if (total <= maxAmount) return { lines, currency, total };
  throw new AppError('invalid_request', `The order costs more than ${maxAmount}: make several orders of it`, {
    errors: [{ path: 'items', message: 'cost more than one order can' }],
  });
}

function refuseUnknown(
  items: readonly { productId: string }[],
  products: ReadonlyMap<string, Product>,
): void {
  const unknown = items.map(({ productId }) => productId).filter((id) => !products.has(id));
  if (unknown.length === 0) return;
  throw new AppError('not_found', `There is no product ${unknown.join(', ')}`, {
    errors: unknown.map((id) => ({ path: id, message: 'is not in the catalogue' })),
  });
}

function onlyCurrency(products: readonly Product[]): string {
  const currencies = [...new Set(products.map(({ price }) => price.currency))].sort();
  if (currencies.length === 1) return currencies[0]!;
  throw new AppError(
    'invalid_request',
    `The products are priced in ${currencies.join(' and ')}: make an order for each currency`,
    { errors: [{ path: 'items', message: 'must be priced in one currency' }] },
  );
}
