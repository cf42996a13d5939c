import { maxAvailable, type Stock } from '#contracts/shop/inventory.js';

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

/** What moves: units put on the shelf or taken from it, and units set aside or no longer so; each may be negative. */
export interface Movement {
  onHand?: number;
  reserved?: number;
}

/** The next version of a level. */
export function moved(level: StockLevel, { onHand = 0, reserved = 0 }: Movement, now: Date): StockLevel {
  return {
    productId: level.productId,
    onHand: level.onHand + onHand,
    reserved: level.reserved + reserved,
    version: level.version + 1,
    updatedAt: now,
  };
}

/** The first level of a product. */
export function firstLevel(productId: string, onHand: number, now: Date): StockLevel {
  return { productId, onHand, reserved: 0, version: 1, updatedAt: now };
}

/** Is there a place for so many more? */
export function hasRoomFor(level: StockLevel, quantity: number): boolean {
  return available(level) + quantity <= maxAvailable;
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
