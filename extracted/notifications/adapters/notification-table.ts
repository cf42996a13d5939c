import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
  UniqueConstraintError,
} from 'sequelize';
import type { Guarded } from '#platform/database/guarded.js';
import { readNewestFirst } from '#platform/database/newest-first.js';
import type { QueuedNotification, TemplateData } from '../domain/notification.js';
import type { Notifications } from '../use-cases/notifications.js';

interface NotificationRow
  extends
    Model<InferAttributes<NotificationRow>, InferCreationAttributes<NotificationRow>>,
    Omit<QueuedNotification, 'data'> {
  /** JSON of the values that the template names. */
  data: string;
}

type NotificationTable = ModelStatic<NotificationRow>;

/** Notifications in the service's own schema. */
export function notificationsIn(database: Sequelize): Notifications<Guarded<'notifications'>> {
  const table = defineTable(database);
  return {
    find: async (id, transaction) => plain(await table.findByPk(id, { transaction: transaction ?? null })),
    findTold: async ({ orderId = null, template, channel }, transaction) =>
      plain(await table.findOne({ where: { orderId, template, channel }, transaction })),
    read: async ({ orderId, ...page }) => {
      const where = orderId === undefined ? {} : { orderId };
      const { items, nextCursor } = await readNewestFirst(table, 'notificationId', where, page);
      return { items: items.map(toData), nextCursor };
    },
    add: (notification, transaction) => add(table, notification, transaction),
    save: async (notification, transaction) => {
      const { notificationId, ...change } = toRow(notification);
      await table.update(change, { where: { notificationId }, transaction });
    },
  };
}

async function add(
  table: NotificationTable,
  notification: QueuedNotification,
  transaction: Guarded<'notifications'>,
): Promise<boolean> {
  try {
    await table.create(toRow(notification), { transaction });
    return true;
  } catch (error) {
    if (error instanceof UniqueConstraintError) return false;
    throw error;
  }
}

function plain(row: NotificationRow | null): QueuedNotification | undefined {
  return row ? toData(row) : undefined;
}

function toData(row: NotificationRow): QueuedNotification {
  const { data, ...rest } = row.get();
  return { ...rest, data: JSON.parse(data) as TemplateData };
}

function toRow({ data, ...rest }: QueuedNotification): InferCreationAttributes<NotificationRow> {
  return { ...rest, data: JSON.stringify(data) };
}

function defineTable(database: Sequelize): NotificationTable {
  return database.define<NotificationRow>('notifications', {
    notificationId: { type: DataTypes.STRING(64), primaryKey: true },
    channel: { type: DataTypes.STRING(32), allowNull: false },
    recipient: { type: DataTypes.STRING(254), allowNull: false },
    template: { type: DataTypes.STRING(32), allowNull: false },
    data: { type: DataTypes.TEXT('medium'), allowNull: false },
    orderId: { type: DataTypes.STRING(64) },
    dueAt: { type: DataTypes.DATE(3) },
    endedAt: { type: DataTypes.DATE(3) },
    outcome: { type: DataTypes.STRING(32) },
    attempts: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    unanswered: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    version: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    createdAt: { type: DataTypes.DATE(3), allowNull: false },
    updatedAt: { type: DataTypes.DATE(3), allowNull: false },
  });
}
