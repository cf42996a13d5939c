import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';
import type { Stock } from '#contracts/shop/inventory.js';
import type { Guarded } from '#platform/database/guarded.js';
import { changeIn, selectIn } from '#platform/database/run-statement.js';

export interface StockRow extends Model<InferAttributes<StockRow>, InferCreationAttributes<StockRow>> {
  productId: string;
  available: number;
  reserved: number;
  version: number;
  updatedAt: Date;
}

export type StockTable = ModelStatic<StockRow>;

export function defineStockTable(database: Sequelize): StockTable {
  return database.define<StockRow>('stock_items', {
    productId: { type: DataTypes.STRING(64), primaryKey: true },
    available: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    reserved: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    version: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    updatedAt: { type: DataTypes.DATE(3), allowNull: false },
  });
}

/** Stock of a product as its row has it. */
export type StockValues = InferAttributes<StockRow>;

/** Locks a product's stock until the transaction ends; undefined where it has none. */
export async function lockStock(
  productId: string,
  transaction: Guarded<'inventory'>,
): Promise<StockValues | undefined> {
  const [row] = await selectIn<StockValues>(
    transaction,
    `SELECT product_id AS productId, available, reserved, version, updated_at AS updatedAt
     FROM stock_items WHERE product_id = ? FOR UPDATE`,
    [productId],
  );
  return row;
}

/** Writes the stock of a product whose row is locked. */
export async function saveStock(
  { productId, available, reserved, version, updatedAt }: StockValues,
  transaction: Guarded<'inventory'>,
): Promise<void> {
  await changeIn(
    transaction,
    'UPDATE stock_items SET available = ?, reserved = ?, version = ?, updated_at = ? WHERE product_id = ?',
    [available, reserved, version, updatedAt, productId],
  );
}

/** The resource that clients see. */
export function toStock(row: StockValues): Stock {
  return {
    productId: row.productId,
    available: row.available,
    reserved: row.reserved,
    version: row.version,
    updatedAt: row.updatedAt.toISOString(),
  };
}
