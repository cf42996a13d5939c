import { maxAmount } from '#contracts/http/fields.js';
import type { Product } from '#contracts/shop/catalogue.js';
import type { OrderLine } from './order.js';

export type Pricing =
  | { outcome: 'priced'; lines: OrderLine[]; currency: string; total: number }
  | { outcome: 'unknown products'; productIds: string[] }
  | { outcome: 'several currencies'; currencies: string[] }
  | { outcome: 'too much' };

/**
 * Prices an order with what its products cost now.
 * @param products those of the items that exist, by id
 */
export function priceOrder(
  items: readonly { productId: string; quantity: number }[],
  products: ReadonlyMap<string, Pick<Product, 'price'>>,
): Pricing {
  const productIds = items.map(({ productId }) => productId).filter((id) => !products.has(id));
  if (productIds.length > 0) return { outcome: 'unknown products', productIds };
  const currencies = [...new Set([...products.values()].map(({ price }) => price.currency))].sort();
  if (currencies.length !== 1) return { outcome: 'several currencies', currencies };
  const lines = items.map((item) => ({ ...item, unitPrice: products.get(item.productId)!.price.amount }));
  const total = lines.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0);
  return total > maxAmount
    ? { outcome: 'too much' }
    : { outcome: 'priced', lines, currency: currencies[0]!, total };
}
