import type { Shelf } from '../load/choose-command.js';
import { stockProduct } from '../../../deploy/throwaway/stock-product.js';

const hot = 4;
const cold = 150;
/** Little enough of each for some to run out. */
const available = 150;

/**
 * Creates the products that clients ask for, each with some stock.
 * @throws when the shop refuses one
 */
export async function fillShelf(gateway: string): Promise<Shelf> {
  const hotIds = Array.from({ length: hot }, (_, index) => `hot-${index + 1}`);
  const coldIds = Array.from({ length: cold }, (_, index) => `cold-${index + 1}`);
  for (const productId of [...hotIds, ...coldIds]) {
    await stockProduct(gateway, productId, available);
  }
  return { hot: hotIds, cold: coldIds };
}
