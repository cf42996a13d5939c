import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';
import type { Notification } from '#contracts/shop/notifications.js';

export interface NotificationRow extends Model<
  InferAttributes<NotificationRow>,
  InferCreationAttributes<NotificationRow>
> {
  notificationId: string;
  channel: Notification['channel'];
  recipient: string;
  template: Notification['template'];
  /** JSON of the values that the template names. */
  data: string;
  orderId: string | null;
  status: Notification['status'];
  attempts: number;
  /** Attempts that were handed over, and had no answer. */
  unanswered: CreationOptional<number>;
  nextAttemptAt: Date;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export type NotificationTable = ModelStatic<NotificationRow>;

export function defineNotificationTable(database: Sequelize): NotificationTable {
  return database.define<NotificationRow>('notifications', {
    notificationId: { type: DataTypes.STRING(64), primaryKey: true },
    channel: { type: DataTypes.STRING(32), allowNull: false },
    recipient: { type: DataTypes.STRING(254), allowNull: false },
    template: { type: DataTypes.STRING(32), allowNull: false },
    data: { type: DataTypes.TEXT('medium'), allowNull: false },
    orderId: { type: DataTypes.STRING(64) },
    status: { type: DataTypes.STRING(32), allowNull: false },
    attempts: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    unanswered: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false, defaultValue: 0 },
    nextAttemptAt: { type: DataTypes.DATE(3), allowNull: false },
    version: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    createdAt: { type: DataTypes.DATE(3), allowNull: false },
    updatedAt: { type: DataTypes.DATE(3), allowNull: false },
  });
}

/** The resource that clients see. */
export function toNotification(row: NotificationRow): Notification {
  return {
    notificationId: row.notificationId,
    channel: row.channel,
    to: row.recipient,
    template: row.template,
    orderId: row.orderId,
    status: row.status,
    attempts: row.attempts,
    version: row.version,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
