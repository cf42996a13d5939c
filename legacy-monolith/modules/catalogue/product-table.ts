import {
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  DataTypes,
  type Sequelize,
} from 'sequelize';
import type { Product } from '#contracts/shop/catalogue.js';

export interface ProductRow extends Model<InferAttributes<ProductRow>, InferCreationAttributes<ProductRow>> {
  productId: string;
  name: string;
  priceAmount: number;
  priceCurrency: string;
  version: CreationOptional<number>;
  createdAt: Date;
  updatedAt: Date;
}

export type ProductTable = ModelStatic<ProductRow>;

export function defineProductTable(database: Sequelize): ProductTable {
  return database.define<ProductRow>('products', {
    productId: { type: DataTypes.STRING(64), primaryKey: true },
    name: { type: DataTypes.STRING(255), allowNull: false },
    priceAmount: { type: DataTypes.BIGINT, allowNull: false },
    priceCurrency: { type: DataTypes.CHAR(3), allowNull: false },
    version: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false, defaultValue: 1 },
    createdAt: { type: DataTypes.DATE(3), allowNull: false },
    updatedAt: { type: DataTypes.DATE(3), allowNull: false },
  });
}

/** The resource that clients see. */
export function toProduct(row: ProductRow): Product {
  return {
    productId: row.productId,
    name: row.name,
    price: { amount: Number(row.priceAmount), currency: row.priceCurrency },
    version: row.version,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
