import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';
import type { Charge } from '#contracts/shop/provider.js';

export interface ChargeRow extends Model<InferAttributes<ChargeRow>, InferCreationAttributes<ChargeRow>> {
  entry: CreationOptional<number>;
  chargeKey: string;
  requestHash: string | null;
  amount: number;
  currency: string;
  reference: string;
  status: Charge['status'];
  last4: string | null;
  reason: string | null;
  createdAt: Date;
  updatedAt: Date;
}

export type ChargeTable = ModelStatic<ChargeRow>;

export function defineChargeTable(database: Sequelize): ChargeTable {
  return database.define<ChargeRow>('charges', {
    entry: { type: DataTypes.BIGINT.UNSIGNED, primaryKey: true, autoIncrement: true },
    chargeKey: { type: DataTypes.STRING(64), allowNull: false, unique: true },
    requestHash: { type: DataTypes.CHAR(64) },
    amount: { type: DataTypes.BIGINT, allowNull: false },
    currency: { type: DataTypes.CHAR(3), allowNull: false },
    reference: { type: DataTypes.STRING(64), allowNull: false },
    status: { type: DataTypes.STRING(32), allowNull: false },
    last4: { type: DataTypes.STRING(32) },
    reason: { type: DataTypes.STRING(32) },
    createdAt: { type: DataTypes.DATE(3), allowNull: false },
    updatedAt: { type: DataTypes.DATE(3), allowNull: false },
  });
}

/** The charge as merchants see it. */
export function toCharge(row: ChargeRow): Charge {
  return {
    key: row.chargeKey,
    status: row.status,
    amount: Number(row.amount),
    currency: row.currency,
    reference: row.reference,
    last4: row.last4,
    reason: row.reason,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
