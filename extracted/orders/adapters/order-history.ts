import { Op, QueryTypes, type Sequelize } from 'sequelize';
import type { OrderHistory } from '../use-cases/order-views.js';
import type { NotedEntry } from '../use-cases/track-orders.js';
import { defineOrderLines, defineOrders, fromRow } from './order-table.js';

/** Orders of a piece that is kept. */
const pieceSize = 500;
/** Orders that are looked at, in a piece of those that are missing. */
const windowSize = 2_000;
/** What has happened a moment ago, events are about to tell; in seconds. */
const heardWithin = 30;

/** The service's own table of orders: those that it owns, and replicas of all others. */
export function orderHistoryIn(database: Sequelize): OrderHistory {
  const orders = defineOrders(database);
  const lines = defineOrderLines(database);

  async function find(orderIds: readonly string[]) {
    const where = { orderId: [...orderIds] };
    const rows = await orders.findAll({ where, order: [['orderId', 'ASC']] });
    const linesOf = new Map<string, (typeof all)[number][]>();
    const all = await lines.findAll({
      where,
      order: [
        ['orderId', 'ASC'],
        ['lineNo', 'ASC'],
      ],
    });
    for (const line of all) {
      const known = linesOf.get(line.orderId);
      if (known) known.push(line);
      else linesOf.set(line.orderId, [line]);
    }
    return rows.map((row) => fromRow(row, linesOf.get(row.orderId) ?? []));
  }

  return {
    size: () => orders.count(),
    read: async (after) => {
      const found = await orders.findAll({
        attributes: ['orderId'],
        where: after === undefined ? {} : { orderId: { [Op.gt]: after } },
        order: [['orderId', 'ASC']],
        limit: pieceSize,
      });
      const last = found.at(-1)?.orderId;
      if (last === undefined) return undefined;
      return { after: last, orders: await find(found.map(({ orderId }) => orderId)) };
    },
    readMissing: async (after, build, projection) => {
      const looked = await database.query<{ orderId: string; missing: number }>(
        `SELECT order_id AS orderId,
           NOT EXISTS (SELECT 1 FROM ${projection} AS seen WHERE seen.build = ? AND seen.order_id = looked.order_id)
             AND changed_at < UTC_TIMESTAMP(3) - INTERVAL ${heardWithin} SECOND AS missing
         FROM (SELECT order_id, changed_at FROM orders WHERE order_id > ? ORDER BY order_id LIMIT ${windowSize}) AS looked`,
        { replacements: [build, after ?? ''], type: QueryTypes.SELECT },
      );
      const last = looked.at(-1)?.orderId;
      if (last === undefined) return undefined;
      const missing = looked.filter((row) => row.missing === 1).map(({ orderId }) => orderId);
      return { after: last, orders: missing.length > 0 ? await find(missing) : [] };
    },
  };
}

/** The own timelines of orders, oldest entry first. */
export function notedTimelinesIn(database: Sequelize) {
  return async (orderIds: readonly string[]): Promise<NotedEntry[]> => {
    if (orderIds.length === 0) return [];
    const rows = await database.query<Omit<NotedEntry, 'at'> & { at: Date }>(
      `SELECT entry_id AS entryId, order_id AS orderId, happened_at AS at, type, detail FROM order_timeline
       WHERE order_id IN (?) ORDER BY order_id, happened_at, entry_id`,
      { replacements: [orderIds], type: QueryTypes.SELECT },
    );
    return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
  };
}
