import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';
import type { Payment } from '#contracts/shop/payments.js';

export interface PaymentRow extends Model<InferAttributes<PaymentRow>, InferCreationAttributes<PaymentRow>> {
  paymentId: string;
  orderId: string;
  amount: number;
  currency: string;
  status: Payment['status'];
  last4: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export type PaymentTable = ModelStatic<PaymentRow>;

export function definePaymentTable(database: Sequelize): PaymentTable {
  return database.define<PaymentRow>('payments', {
    paymentId: { type: DataTypes.STRING(64), primaryKey: true },
    orderId: { type: DataTypes.STRING(64), allowNull: false },
    amount: { type: DataTypes.BIGINT, allowNull: false },
    currency: { type: DataTypes.CHAR(3), allowNull: false },
    status: { type: DataTypes.STRING(32), allowNull: false },
    last4: { type: DataTypes.STRING(32), allowNull: false },
    version: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    createdAt: { type: DataTypes.DATE(3), allowNull: false },
    updatedAt: { type: DataTypes.DATE(3), allowNull: false },
  });
}

/** The resource that clients see. */
export function toPayment(row: PaymentRow): Payment {
  return {
    paymentId: row.paymentId,
    orderId: row.orderId,
    amount: { amount: Number(row.amount), currency: row.currency },
    status: row.status,
    method: { type: 'card', last4: row.last4 },
    version: row.version,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
