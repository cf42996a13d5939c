import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { z } from 'zod';
import { idSchema, timestampSchema } from '#contracts/http/fields.js';
import type { CustomerSummary, Order } from '#contracts/shop/orders.js';
import { decodeCursor, type Page, pageOf } from '#platform/http/page.js';
import { isBuilt, liveBuild } from '#platform/projections/projection-rows.js';
import type { OrderQuery } from '../use-cases/order-work.js';
import { type OrderViews, orderViewsName } from '../use-cases/order-views.js';
import { type CurrencyRow, sumUp } from './summarise-customer.js';

interface ViewRow {
  document: string;
}

/** Of two versions of an order the greater stays, in whichever order they come: the version is compared, and set, last. */
const newerWins = ['customer_id', 'status', 'currency', 'total', 'placed_at', 'document', 'version']
  .map((name) => `${name} = IF(VALUES(version) > version, VALUES(${name}), ${name})`)
  .join(', ');

/** Orders as they are listed, and customers' sums of them. */
export function orderViewsIn(database: Sequelize): OrderViews<Transaction> {
  return {
    keep: async (orders, build, transaction) => {
      if (orders.length === 0) return;
      await database.query(
        `INSERT INTO order_views
           (build, order_id, customer_id, status, currency, total, placed_at, document, version)
         VALUES ${orders.map(() => '(?)').join(', ')} ON DUPLICATE KEY UPDATE ${newerWins}`,
        { replacements: orders.map((order) => cellsOf(order, build)), transaction },
      );
    },
    isBuilt: () => isBuilt(database, orderViewsName),
    versions: async (orderIds) => {
      if (orderIds.length === 0) return new Map();
      const rows = await database.query<{ orderId: string; version: number }>(
        `SELECT order_id AS orderId, version FROM order_views WHERE build = ${liveBuild} AND order_id IN (?)`,
        { replacements: [orderViewsName, orderIds], type: QueryTypes.SELECT },
      );
      return new Map(rows.map(({ orderId, version }) => [orderId, version]));
    },
    list: (query) => listViews(database, query),
    summarise: (customerId) => summarise(database, customerId),
    unseen: async (customerId) => {
      const [row] = await database.query<{ newest: Date | null }>(
        `SELECT MAX(orders.changed_at) AS newest FROM orders LEFT JOIN order_views AS view
           ON view.build = ${liveBuild} AND view.order_id = orders.order_id
         WHERE orders.customer_id = ? AND (view.version IS NULL OR view.version < orders.version)`,
        { replacements: [orderViewsName, customerId], type: QueryTypes.SELECT },
      );
      return row?.newest ?? undefined;
    },
    clear: (before, limit) =>
      database.query('DELETE FROM order_views WHERE build < ? LIMIT ?', {
        ...{ replacements: [before, limit], type: QueryTypes.BULKDELETE },
      }),
  };
}

function cellsOf(order: Order, build: number) {
  const { orderId, customerId, status, total, createdAt, version } = order;
  const placedAt = createdAt.slice(0, -1).replace('T', ' ');
  const columns = [build, orderId, customerId, status, total.currency, total.amount, placedAt];
  return [...columns, JSON.stringify(order), version];
}

/** Newest first; a cursor is the same as for the table of orders. */
async function listViews(database: Sequelize, query: OrderQuery): Promise<Page<Order>> {
  const { customerId, status, limit } = query;
  const behind = decodeCursor(query.cursor, z.tuple([timestampSchema, idSchema]));
  const conditions: string[] = [];
  const values: unknown[] = [orderViewsName];
  if (customerId !== undefined) {
    conditions.push('AND customer_id = ?');
    values.push(customerId);
  }
  if (status !== undefined) {
    conditions.push('AND status = ?');
    values.push(status);
  }
  if (behind !== undefined) {
    const at = behind[0].slice(0, -1).replace('T', ' ');
    conditions.push('AND placed_at <= ? AND (placed_at < ? OR order_id < ?)');
    values.push(at, at, behind[1]);
  }
  const rows = await database.query<ViewRow>(
    `SELECT document FROM order_views WHERE build = ${liveBuild} ${conditions.join(' ')}
     ORDER BY placed_at DESC, order_id DESC LIMIT ${limit + 1}`,
    { replacements: values, type: QueryTypes.SELECT },
  );
  const orders = rows.map(({ document }) => JSON.parse(document) as Order);
  return pageOf(
    orders,
    limit,
    (order) => order,
    ({ createdAt, orderId }) => [createdAt, orderId],
  );
}

/** Orders that were shipped or delivered count as confirmed; totals are of those: what has been paid, and not given back. */
async function summarise(database: Sequelize, customerId: string): Promise<CustomerSummary | undefined> {
  const kept = "status IN ('CONFIRMED', 'SHIPPED', 'DELIVERED')";
  const rows = await database.query<CurrencyRow>(
    `SELECT currency, COUNT(*) AS orders, SUM(${kept}) AS confirmed, SUM(status = 'CANCELLED') AS cancelled,
       SUM(status = 'REJECTED') AS rejected, SUM(IF(${kept}, total, 0)) AS total, MAX(placed_at) AS lastOrderAt
     FROM order_views WHERE build = ${liveBuild} AND customer_id = ? GROUP BY currency ORDER BY currency`,
    { replacements: [orderViewsName, customerId], type: QueryTypes.SELECT },
  );
  return sumUp(customerId, rows);
}
