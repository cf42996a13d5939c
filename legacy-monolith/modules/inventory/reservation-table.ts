import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';
import type { Reservation } from '#contracts/shop/reservation.js';

export interface ReservationRow
  extends Model<InferAttributes<ReservationRow>, InferCreationAttributes<ReservationRow>>, Reservation {
  orderId: string;
  productId: string;
  updatedAt: Date;
}

export type ReservationTable = ModelStatic<ReservationRow>;

export function defineReservationTable(database: Sequelize): ReservationTable {
  return database.define<ReservationRow>('stock_reservations', {
    orderId: { type: DataTypes.STRING(64), primaryKey: true },
    productId: { type: DataTypes.STRING(64), primaryKey: true },
    quantity: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    state: { type: DataTypes.STRING(32), allowNull: false },
    attempt: { type: DataTypes.BIGINT.UNSIGNED, allowNull: false },
    updatedAt: { type: DataTypes.DATE(3), allowNull: false },
  });
}
