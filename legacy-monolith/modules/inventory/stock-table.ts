import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';
import type { Stock } from '#contracts/shop/inventory.js';

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

/** The resource that clients see. */
export function toStock(row: StockRow): Stock {
  return {
    productId: row.productId,
    available: row.available,
    reserved: row.reserved,
    version: row.version,
    updatedAt: row.updatedAt.toISOString(),
  };
}
