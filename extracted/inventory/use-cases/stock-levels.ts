import type { StockLevel } from '../domain/stock-level.js';

/** Where the use cases find stock levels. */
export interface StockLevels {
  find(productId: string): Promise<StockLevel | undefined>;
  /** In order of product ids (byte by byte), those behind `after`. */
  list(after: string | undefined, limit: number): Promise<StockLevel[]>;
}
