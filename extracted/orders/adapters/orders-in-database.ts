import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';
import { v7 as uuidv7 } from 'uuid';
import type { TimelineEntry } from '#contracts/shop/orders.js';
import type { Guarded } from '#platform/database/guarded.js';
import { readNewestFirst } from '#platform/database/newest-first.js';
import type { PlacedOrder } from '../domain/order.js';
import type { OrderQuery, Orders } from '../use-cases/order-work.js';
import { cancellationsIn } from './cancellation-table.js';
import { summariseCustomer } from './summarise-customer.js';
import { defineOrderLines, defineOrders, fromRow, type OrderLineRow, toRow } from './order-table.js';

interface TimelineRow extends Model<InferAttributes<TimelineRow>, InferCreationAttributes<TimelineRow>> {
  /** UUIDv7: entries of the same millisecond keep the order in which they were written. */
  entryId: string;
  orderId: string;
  happenedAt: Date;
  type: TimelineEntry['type'];
  detail: string;
}

const longestDetail = 500;

function whereOf({ customerId, status }: OrderQuery) {
  return {
    ...(customerId === undefined ? {} : { customerId }),
    ...(status === undefined ? {} : { status }),
  };
}

/** Orders in the service's own schema. */
export function ordersIn(database: Sequelize): Orders {
  const orders = defineOrders(database);
  const lines = defineOrderLines(database);
  const timeline = database.define<TimelineRow>('order_timeline', {
    entryId: { type: DataTypes.STRING(64), primaryKey: true },
    orderId: { type: DataTypes.STRING(64), allowNull: false },
    happenedAt: { type: DataTypes.DATE(3), allowNull: false },
    type: { type: DataTypes.STRING(32), allowNull: false },
    detail: { type: DataTypes.STRING(longestDetail), allowNull: false },
  });

  async function read(orderId: string, transaction?: Guarded<'orders'>, locked = false) {
    const within = transaction ? { transaction } : {};
    const lock = transaction && locked ? { lock: transaction.LOCK.UPDATE } : {};
    const row = await orders.findByPk(orderId, { ...within, ...lock });
    return row ? fromRow(row, await linesOf([orderId], transaction)) : undefined;
  }

  function linesOf(orderId: readonly string[], transaction?: Guarded<'orders'>): Promise<OrderLineRow[]> {
    const order: [string, string][] = [
      ['orderId', 'ASC'],
      ['lineNo', 'ASC'],
    ];
    return lines.findAll({
      where: { orderId: [...orderId] },
      order,
      ...(transaction ? { transaction } : {}),
    });
  }

  async function insertLines({ orderId, lines: ordered }: PlacedOrder, transaction: Guarded<'orders'>) {
    const rows = ordered.map((line, index) => ({ ...line, orderId, lineNo: index + 1 }));
    await lines.bulkCreate(rows, { transaction });
  }

  return {
    cancellations: cancellationsIn(database),
    find: (orderId, transaction) => read(orderId, transaction),
    lock: (orderId, transaction) => read(orderId, transaction, true),
    insert: async (order, transaction) => {
      await orders.create(toRow(order), { transaction });
      await insertLines(order, transaction);
    },
    update: async (order, transaction) => {
      await orders.update(toRow(order), { where: { orderId: order.orderId }, transaction });
    },
    replaceLines: async (order, transaction) => {
      await lines.destroy({ where: { orderId: order.orderId }, transaction });
      await insertLines(order, transaction);
    },
    list: async (query) => {
      const { items, nextCursor } = await readNewestFirst(orders, 'orderId', whereOf(query), query);
      const all = await linesOf(items.map(({ orderId }) => orderId));
      const ofOrder = (orderId: string) => all.filter((line) => line.orderId === orderId);
      return { items: items.map((row) => fromRow(row, ofOrder(row.orderId))), nextCursor };
    },
    addToTimeline: async (orderId, entries, transaction) => {
      const rows = entries.map(({ at, type, detail }) => ({
        ...{ entryId: uuidv7(), orderId, happenedAt: new Date(at), type },
        detail: detail.slice(0, longestDetail),
      }));
      await timeline.bulkCreate(rows, { transaction });
    },
    heads: (orderIds) =>
      orders.findAll({ attributes: ['orderId', 'version', 'changedAt'], where: { orderId: [...orderIds] } }),
    listHeads: async (query) => (await readNewestFirst(orders, 'orderId', whereOf(query), query)).items,
    summarise: (customerId) => summariseCustomer(database, customerId),
    timeline: async (orderId) => {
      const order: [string, string][] = [
        ['happenedAt', 'ASC'],
        ['entryId', 'ASC'],
      ];
      const rows = await timeline.findAll({ where: { orderId }, order });
      return rows.map(({ happenedAt, type, detail }) => ({ at: happenedAt.toISOString(), type, detail }));
    },
  };
}
