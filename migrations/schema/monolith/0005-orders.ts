import { DataTypes, type QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';
import { createIdempotencyTable } from '#platform/database/idempotency.js';

export const name = '0005-orders';

export async function up(schema: QueryInterface): Promise<void> {
  await schema.createTable(
    'customers',
    {
      customer_id: { type: column.id, primaryKey: true },
      country: { type: DataTypes.STRING(255), allowNull: true },
      created_at: { type: column.instant, allowNull: false },
    },
    { charset: 'utf8mb4' },
  );
  await createOrders(schema);
  await schema.createTable('order_items', {
    order_id: { type: column.id, primaryKey: true },
    line_no: { type: column.count, primaryKey: true },
    product_id: { type: column.id, allowNull: false },
    quantity: { type: column.count, allowNull: false },
    unit_price_amount: { type: column.amount, allowNull: false },
  });
  await createTimeline(schema);
  await createIdempotencyTable(schema, 'orders');
}

async function createOrders(schema: QueryInterface): Promise<void> {
  await schema.createTable(
    'orders',
    {
      order_id: { type: column.id, primaryKey: true },
      customer_id: { type: column.id, allowNull: false },
      status: { type: column.code, allowNull: false },
      currency: { type: column.currency, allowNull: false },
      total_amount: { type: column.amount, allowNull: false },
      payment_id: { type: column.id, allowNull: true },
      email: { type: DataTypes.STRING(254), allowNull: true },
      phone: { type: column.code, allowNull: true },
      shipping_address: { type: DataTypes.TEXT, allowNull: true },
      reason: { type: column.code, allowNull: true },
      carrier: { type: DataTypes.STRING(255), allowNull: true },
      tracking_number: { type: DataTypes.STRING(255), allowNull: true },
      version: { type: column.count, allowNull: false },
      created_at: { type: column.instant, allowNull: false },
      updated_at: { type: column.instant, allowNull: false },
    },
    { charset: 'utf8mb4' },
  );
  await schema.addIndex('orders', ['created_at', 'order_id']);
  await schema.addIndex('orders', ['customer_id', 'created_at', 'order_id']);
  await schema.addIndex('orders', ['status', 'created_at', 'order_id']);
}

/** What happened to each order, whichever module it happened in. */
async function createTimeline(schema: QueryInterface): Promise<void> {
  await schema.createTable(
    'order_timeline',
    {
      entry_id: { type: column.id, primaryKey: true },
      order_id: { type: column.id, allowNull: false },
      happened_at: { type: column.instant, allowNull: false },
      type: { type: column.code, allowNull: false },
      detail: { type: DataTypes.STRING(500), allowNull: false },
    },
    { charset: 'utf8mb4' },
  );
  await schema.addIndex('order_timeline', ['order_id', 'happened_at', 'entry_id']);
}
