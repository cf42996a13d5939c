import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import type { Guarded } from '#platform/database/guarded.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { holdNewStock, holdOrders } from './guard-import.js';
import { type InvoiceOrder, orderTotal } from './split-invoice.js';
import type { SurveyedCustomer, SurveyedProduct } from './survey-file.js';

/** The data set's prices are in pounds. */
const currency = 'GBP';

/** How many rows were new, and how many were there already and stay as they are. */
export interface Written {
  added: number;
  unchanged: number;
}

/**
 * Writes products that the shop does not have, each together with its opening stock. What is there is left alone.
 * @throws AppError `stock_not_owned` when the inventory service owns stock that would have to be written
 */
export function addProducts(
  database: Sequelize,
  products: readonly SurveyedProduct[],
): Promise<{ products: Written; stock: Written }> {
  return runTransaction(database, async (transaction) => {
    return insertProducts(database, products, await holdNewStock(database, products, transaction));
  });
}

async function insertProducts(
  database: Sequelize,
  products: readonly SurveyedProduct[],
  transaction: Guarded<'inventory'>,
): Promise<{ products: Written; stock: Written }> {
  return {
    products: await insertNew(
      database,
      'INSERT INTO products (product_id, name, price_amount, price_currency, version, created_at, updated_at)',
      products.map((p) => [p.productId, p.name, p.price, currency, 1, p.firstAt, p.pricedAt]),
      transaction,
    ),
    stock: await insertNew(
      database,
      'INSERT INTO stock_items (product_id, available, reserved, version, updated_at)',
      products.map((p) => [p.productId, p.available, 0, 1, p.lastAt]),
      transaction,
    ),
  };
}

/** Writes customers that the shop does not have. */
export function addCustomers(database: Sequelize, customers: readonly SurveyedCustomer[]): Promise<Written> {
  return runTransaction(database, (transaction) =>
    insertNew(
      database,
      'INSERT INTO customers (customer_id, country, created_at)',
      customers.map(({ customerId, country, firstAt }) => [customerId, country ?? null, firstAt]),
      transaction,
    ),
  );
}

/** What became of a batch of orders. */
export interface WrittenOrders {
  added: InvoiceOrder[];
  /** In the shop already, and the same. */
  unchanged: InvoiceOrder[];
  /** In the shop already under the same id, but of another customer or amount. */
  different: InvoiceOrder[];
}

/**
 * Writes orders that the shop does not have, each with its items and a line of its timeline, all of a batch or none.
 * @throws AppError `orders_not_owned` when the orders service owns one that would have to be written
 */
export function addOrders(database: Sequelize, orders: readonly InvoiceOrder[]): Promise<WrittenOrders> {
  return runTransaction(database, async (transaction) => {
    const known = await findOrders(database, orders, transaction);
    const result: WrittenOrders = { added: [], unchanged: [], different: [] };
    for (const order of orders) result[compare(order, known.get(order.orderId))].push(order);
    const added = result.added.map(({ orderId }) => orderId);
    const held = await holdOrders(database, added, transaction);
    if (added.length > 0) await insertOrders(database, result.added, held);
    return result;
  });
}

interface KnownOrder {
  order_id: string;
  customer_id: string;
  total_amount: number;
}

async function findOrders(
  database: Sequelize,
  orders: readonly InvoiceOrder[],
  transaction: Transaction,
): Promise<Map<string, KnownOrder>> {
  const rows = await database.query<KnownOrder>(
    'SELECT order_id, customer_id, total_amount FROM orders WHERE order_id IN (?)',
    { replacements: [orders.map(({ orderId }) => orderId)], type: QueryTypes.SELECT, transaction },
  );
  return new Map(rows.map((row) => [row.order_id, row]));
}

/** An order's customer and amount never change after it was placed; its status may. */
function compare(order: InvoiceOrder, known: KnownOrder | undefined): keyof WrittenOrders {
  if (!known) return 'added';
  const same = known.customer_id === order.invoice.customerId && known.total_amount === orderTotal(order);
  return same ? 'unchanged' : 'different';
}

async function insertOrders(
  database: Sequelize,
  orders: readonly InvoiceOrder[],
  transaction: Guarded<'orders'>,
): Promise<void> {
  await insert(
    database,
    'INSERT INTO orders (order_id, customer_id, status, currency, total_amount, version, created_at, updated_at)',
    orders.map((order) => {
      const { kind, customerId, at } = order.invoice;
      const status = kind === 'sale' ? 'DELIVERED' : 'CANCELLED';
      return [order.orderId, customerId, status, currency, orderTotal(order), 1, at, at];
    }),
    transaction,
  );
  await insert(
    database,
    'INSERT INTO order_items (order_id, line_no, product_id, quantity, unit_price_amount)',
    orders.flatMap(({ orderId, items }) =>
      items.map(({ productId, quantity, price }, index) => [orderId, index + 1, productId, quantity, price]),
    ),
    transaction,
  );
  await insert(
    database,
    'INSERT INTO order_timeline (entry_id, order_id, happened_at, type, detail)',
    orders.map(({ orderId, invoice: { invoiceNo, kind, at } }) =>
      kind === 'sale'
        ? [
            `import-${orderId}`,
            orderId,
            at,
            'order.placed',
            `Imported: invoice ${invoiceNo}, delivered long ago`,
          ]
        : [`import-${orderId}`, orderId, at, 'order.cancelled', `Imported: credit note ${invoiceNo}`],
    ),
    transaction,
  );
}

type Cell = string | number | Date | null;

async function insert(
  database: Sequelize,
  into: string,
  rows: readonly Cell[][],
  transaction: Transaction,
  suffix = '',
): Promise<number> {
  const [, affected] = await database.query(`${into} VALUES ${rows.map(() => '(?)').join(', ')} ${suffix}`, {
    replacements: [...rows],
    type: QueryTypes.INSERT,
    transaction,
  });
  return affected;
}

/**
 * Inserts the rows whose key is new. "Update the key to itself" is no change: the row keeps its version, and nothing
 * is written to the log, unlike with IGNORE, which would also swallow other errors.
 */
async function insertNew(
  database: Sequelize,
  into: string,
  rows: readonly Cell[][],
  transaction: Transaction,
): Promise<Written> {
  const key = /\((\w+)/.exec(into)?.[1];
  const added = await insert(database, into, rows, transaction, `ON DUPLICATE KEY UPDATE ${key} = ${key}`);
  return { added, unchanged: rows.length - added };
}
