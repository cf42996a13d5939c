import type { Stock } from '#contracts/shop/inventory.js';

/** Units of one product as they lie on the shelf, and how many of them are set aside for orders. */
export interface StockLevel {
  productId: string;
  onHand: number;
  reserved: number;
  version: number;
  updatedAt: Date;
}

/** Units that can still be sold. */
export function available({ onHand, reserved }: Pick<StockLevel, 'onHand' | 'reserved'>): number {
  return onHand - reserved;
}

/** The resource that clients see. */
export function toStock(level: StockLevel): Stock {
  return {
    productId: level.productId,
    available: available(level),
    reserved: level.reserved,
    version: level.version,
    updatedAt: level.updatedAt.toISOString(),
  };
}
