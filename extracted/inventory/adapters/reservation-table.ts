import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';
import type { Reservation } from '#contracts/shop/reservation.js';
import type { Guarded } from '#platform/database/guarded.js';
import type { Reservations } from '../use-cases/stock-levels.js';

interface ReservationRow
  extends Model<InferAttributes<ReservationRow>, InferCreationAttributes<ReservationRow>>, Reservation {
  orderId: string;
  productId: string;
  updatedAt: Date;
}

/** Reservations in the service's own schema. */
export function reservationsIn(database: Sequelize): Reservations<Guarded<'inventory'>> {
  const table = database.define<ReservationRow>('stock_reservations', {
    orderId: { type: DataTypes.STRING(64), primaryKey: true },
    productId: { type: DataTypes.STRING(64), primaryKey: true },
    quantity: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    state: { type: DataTypes.STRING(32), allowNull: false },
    attempt: { type: DataTypes.BIGINT.UNSIGNED, allowNull: false },
    updatedAt: { type: DataTypes.DATE(3), allowNull: false },
  });
  return {
    lock: async (orderId, productIds, transaction) => {
      const rows = await table.findAll({
        where: { orderId, productId: [...productIds] },
        order: [['productId', 'ASC']],
        transaction,
        lock: transaction.LOCK.UPDATE,
      });
      return new Map(
        rows.map(({ productId, quantity, state, attempt }) => [
          productId,
          { quantity, state, attempt: Number(attempt) },
        ]),
      );
    },
    save: async (orderId, reservations, updatedAt, transaction) => {
      if (reservations.size === 0) return;
      const rows = [...reservations].map(([productId, reservation]) => ({
        ...{ orderId, productId, updatedAt },
        ...reservation,
      }));
      const updateOnDuplicate: (keyof Reservation | 'updatedAt')[] = [
        'quantity',
        'state',
        'attempt',
        'updatedAt',
      ];
      await table.bulkCreate(rows, { updateOnDuplicate, transaction });
    },
  };
}
