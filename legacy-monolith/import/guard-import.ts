import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import type { Guarded } from '#platform/database/guarded.js';
import { AppError } from '#platform/errors/app-error.js';
import { guardKeys } from '#platform/ownership/guard-keys.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import { retiredCapabilities } from '#platform/retirement/read-retirement.js';
import type { SurveyedProduct } from './survey-file.js';

/** What an import writes that a service may own, and how the importer is told that it does. */
const ownable = {
  inventory: {
    table: 'stock_items',
    key: 'product_id',
    code: 'stock_not_owned',
    tell: (ids: readonly string[]) => `the stock of ${ids.length} products that are new to the shop`,
  },
  orders: {
    table: 'orders',
    key: 'order_id',
    code: 'orders_not_owned',
    tell: ([first]: readonly string[]) => `orders that are new to the shop, ${first} for one`,
  },
} as const;

type Ownable = keyof typeof ownable;

/** Keys that are looked up together. */
const batchKeys = 1_000;

/**
 * An import writes the monolith's tables: where they are no more, it has nowhere to write to.
 * @throws AppError `part_retired`
 */
export async function checkInUse(database: Sequelize): Promise<void> {
  const retired = await retiredCapabilities(database);
  const gone = Object.keys(ownable).filter((capability) => retired.has(capability));
  if (gone.length === 0) return;
  throw new AppError(
    'part_retired',
    `An import writes to the monolith only, whose part of ${gone.join(' and ')} is retired for good: ` +
      'place new orders through the gateway, as "strangler replay" does',
  );
}

/**
 * Holds the ownership of the stock that an import would write, until the transaction ends; that of products whose stock
 * is there already is left alone.
 * @throws AppError `stock_not_owned`
 */
export function holdNewStock(
  database: Sequelize,
  products: readonly SurveyedProduct[],
  transaction: Transaction,
): Promise<Guarded<'inventory'>> {
  const ids = products.map(({ productId }) => productId);
  return holdNew(database, 'inventory', ids, transaction);
}

/**
 * The same of orders that the shop does not have.
 * @throws AppError `orders_not_owned`
 */
export function holdOrders(
  database: Sequelize,
  orderIds: readonly string[],
  transaction: Transaction,
): Promise<Guarded<'orders'>> {
  return hold(database, 'orders', orderIds, transaction);
}

/**
 * Looks before anything is written whether an import could write all of its stock.
 * @throws AppError `stock_not_owned`
 */
export async function checkNewStock(
  database: Sequelize,
  products: readonly SurveyedProduct[],
): Promise<void> {
  await database.transaction((transaction) => holdNewStock(database, products, transaction));
}

/**
 * Looks before anything is written whether an import could write all of its orders.
 * @param orderIds of the whole file: read only where not every order is the monolith's
 * @throws AppError `orders_not_owned`
 */
export async function checkNewOrders(database: Sequelize, orderIds: AsyncIterable<string>): Promise<void> {
  const elsewhere = await database.query(
    `SELECT 1 FROM ${ownershipTable('orders')} WHERE state <> 'owned' LIMIT 1`,
    { type: QueryTypes.SELECT },
  );
  if (elsewhere.length === 0) return;
  let batch: string[] = [];
  const check = () => database.transaction((transaction) => holdNew(database, 'orders', batch, transaction));
  for await (const orderId of orderIds) {
    if (batch.push(orderId) < batchKeys) continue;
    await check();
    batch = [];
  }
  await check();
}

async function holdNew<Capability extends Ownable>(
  database: Sequelize,
  capability: Capability,
  keys: readonly string[],
  transaction: Transaction,
): Promise<Guarded<Capability>> {
  if (keys.length === 0) return hold(database, capability, keys, transaction);
  const { table, key } = ownable[capability];
  const known = await database.query<{ id: string }>(
    `SELECT ${key} AS id FROM ${table} WHERE ${key} IN (?)`,
    {
      replacements: [keys],
      type: QueryTypes.SELECT,
      transaction,
    },
  );
  const there = new Set(known.map(({ id }) => id));
  const missing = keys.filter((id) => !there.has(id));
  return hold(database, capability, missing, transaction);
}

async function hold<Capability extends Ownable>(
  database: Sequelize,
  capability: Capability,
  keys: readonly string[],
  transaction: Transaction,
): Promise<Guarded<Capability>> {
  return guardKeys(database, capability, keys, transaction).catch((error: unknown) => {
    throw error instanceof AppError && error.code === 'not_owner' ? notOwned(capability, error) : error;
  });
}

function notOwned(capability: Ownable, cause: AppError): AppError {
  const { code, tell } = ownable[capability];
  const ids = (cause.options.errors ?? []).map(({ path }) => path);
  return new AppError(
    code,
    `The ${capability} service owns ${tell(ids)}, and an import writes to the monolith only: ` +
      `hand them back by "strangler rollback ${capability} --reason import", import, and hand them over again`,
    { cause },
  );
}
