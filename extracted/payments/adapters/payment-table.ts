import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';
import type { Guarded } from '#platform/database/guarded.js';
import { readNewestFirst } from '#platform/database/newest-first.js';
import type { CapturedPayment } from '../domain/payment.js';
import type { Payments } from '../use-cases/payment-work.js';
import type { ReadPayments } from '../use-cases/read-payments.js';

interface PaymentRow
  extends
    Model<InferAttributes<PaymentRow>, InferCreationAttributes<PaymentRow>>,
    Omit<CapturedPayment, 'capturedAt'> {
  /** By this name lists are ordered. */
  createdAt: Date;
}

type PaymentTable = ModelStatic<PaymentRow>;

/** Payments in the service's own schema. */
export function paymentsIn(database: Sequelize): Payments<Guarded<'payments'>> & { read: ReadPayments } {
  const table = defineTable(database);
  return {
    find: async (paymentId, transaction) =>
      plain(await table.findByPk(paymentId, { transaction: transaction ?? null })),
    lock: async (paymentId, transaction) =>
      plain(await table.findByPk(paymentId, { transaction, lock: transaction.LOCK.UPDATE })),
    add: async (payment, transaction) => void (await table.create(toRow(payment), { transaction })),
    save: async (payment, transaction) => {
      const { paymentId, ...change } = toRow(payment);
      await table.update(change, { where: { paymentId }, transaction });
    },
    read: async ({ orderId, ...page }) => {
      const where = orderId === undefined ? {} : { orderId };
      const { items, nextCursor } = await readNewestFirst(table, 'paymentId', where, page);
      return { items: items.map(toData), nextCursor };
    },
  };
}

function plain(row: PaymentRow | null): CapturedPayment | undefined {
  return row ? toData(row) : undefined;
}

/** BIGINT comes as text where it might not fit; amounts of the contract do. */
function toData(row: PaymentRow): CapturedPayment {
  const { createdAt: capturedAt, capturedAmount, refundedAmount, ...data } = row.get();
  return {
    ...data,
    capturedAt,
    capturedAmount: Number(capturedAmount),
    refundedAmount: Number(refundedAmount),
  };
}

function toRow({ capturedAt, ...payment }: CapturedPayment): InferCreationAttributes<PaymentRow> {
  return { ...payment, createdAt: capturedAt };
}

function defineTable(database: Sequelize): PaymentTable {
  return database.define<PaymentRow>('payments', {
    paymentId: { type: DataTypes.STRING(64), primaryKey: true },
    orderId: { type: DataTypes.STRING(64), allowNull: false },
    currency: { type: DataTypes.CHAR(3), allowNull: false },
    capturedAmount: { type: DataTypes.BIGINT, allowNull: false },
    refundedAmount: { type: DataTypes.BIGINT, allowNull: false },
    cardLast4: { type: DataTypes.STRING(32), field: 'card_last4', allowNull: false },
    version: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    createdAt: { type: DataTypes.DATE(3), field: 'captured_at', allowNull: false },
    refundedAt: { type: DataTypes.DATE(3) },
    updatedAt: { type: DataTypes.DATE(3), allowNull: false },
  });
}
