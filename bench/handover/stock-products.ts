import { bucketCount } from '#contracts/strangler/ownership.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import type { Product } from './write-load.js';
import { stockProduct } from '../../deploy/throwaway/stock-product.js';

/**
 * Creates products with stock, so many in each bucket, in an order that goes round the buckets.
 * @throws when the shop refuses one
 */
export async function stockProducts(gateway: string, inEachBucket: number): Promise<Product[]> {
  const byBucket = new Map<number, Product[]>();
  for (let number = 1; [...byBucket.values()].flat().length < bucketCount * inEachBucket; number += 1) {
    const productId = `bench-${number}`;
    const bucket = bucketOfKey('inventory', productId);
    const found = byBucket.get(bucket) ?? [];
    if (found.length < inEachBucket) byBucket.set(bucket, [...found, { productId, bucket }]);
  }
  const products = Array.from({ length: inEachBucket }, (_, turn) =>
    [...byBucket.values()].flatMap((found) => found[turn] ?? []),
  ).flat();
  for (const { productId } of products) {
    await stockProduct(gateway, productId, 1);
  }
  return products;
}
