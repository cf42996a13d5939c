import { DataTypes, type QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';
import { keepKeysByResource } from '#platform/database/idempotency.js';

export const name = '0007-stock-reservations';

export async function up(schema: QueryInterface): Promise<void> {
  await schema.createTable('stock_reservations', {
    order_id: { type: column.id, primaryKey: true },
    product_id: { type: column.id, primaryKey: true },
    quantity: { type: column.count, allowNull: false },
    state: { type: column.code, allowNull: false },
    /** See `contracts/shop/reservation.ts`. */
    attempt: { type: 'BIGINT UNSIGNED', allowNull: false },
    updated_at: { type: column.instant, allowNull: false },
  });
  await reserveForOpenOrders(schema);
  await createTasks(schema);
  await keepKeysByResource(schema, 'inventory');
}

/** Orders that were placed before there were reservations have their units set aside all the same. */
async function reserveForOpenOrders(schema: QueryInterface): Promise<void> {
  await schema.sequelize.query(
    `INSERT INTO stock_reservations (order_id, product_id, quantity, state, attempt, updated_at)
     SELECT i.order_id, i.product_id, i.quantity, 'reserved', ${Number.MAX_SAFE_INTEGER}, o.updated_at
     FROM orders o JOIN order_items i ON i.order_id = o.order_id WHERE o.status = 'CONFIRMED'`,
  );
}

/** What is still to be done, or may have to be taken back, about stock that the service may own. */
async function createTasks(schema: QueryInterface): Promise<void> {
  await schema.createTable('stock_tasks', {
    task_id: { type: 'BIGINT UNSIGNED', primaryKey: true, autoIncrement: true },
    order_id: { type: column.id, allowNull: false },
    kind: { type: column.code, allowNull: false },
    items: { type: DataTypes.TEXT, allowNull: false },
    state: { type: column.code, allowNull: false },
    tries: { type: column.count, allowNull: false },
    // Of an armed task, when whoever armed it must have died; of a due one, when it is tried next.
    next_try_at: { type: column.instant, allowNull: false },
    created_at: { type: column.instant, allowNull: false },
  });
  await schema.addIndex('stock_tasks', ['next_try_at']);
}
