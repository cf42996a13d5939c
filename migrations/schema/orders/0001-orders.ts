import { DataTypes, type QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';
import { createIdempotencyTable, keepKeysByResource } from '#platform/database/idempotency.js';
import { createSagaTables } from '#platform/database/saga-table.js';
import { createOwnershipTable } from '#platform/ownership/ownership-table.js';

export const name = '0001-orders';

export async function up(schema: QueryInterface): Promise<void> {
  await createOrders(schema);
  await schema.createTable('order_lines', {
    order_id: { type: column.id, primaryKey: true },
    line_no: { type: column.count, primaryKey: true },
    product_id: { type: column.id, allowNull: false },
    quantity: { type: column.count, allowNull: false },
    unit_price: { type: column.amount, allowNull: false },
  });
  await createTimeline(schema);
  await createInterruptedCancellations(schema);
  await createIdempotencyTable(schema, 'orders');
  await keepKeysByResource(schema, 'orders');
  await createOwnershipTable(schema, 'orders', false);
  await createSagaTables(schema);
}

/** An address is columns, not a text: the database knows what a country is, and a broken one can't be stored. */
async function createOrders(schema: QueryInterface): Promise<void> {
  const line = { type: DataTypes.STRING(255), allowNull: true };
  await schema.createTable(
    'orders',
    {
      order_id: { type: column.id, primaryKey: true },
      customer_id: { type: column.id, allowNull: false },
      status: { type: column.code, allowNull: false },
      /** The code of the answer that its client got, of an order that is rejected. */
      rejection_reason: { type: column.code, allowNull: true },
      currency: { type: column.currency, allowNull: false },
      total: { type: column.amount, allowNull: false },
      payment_id: { type: column.id, allowNull: true },
      contact_email: { type: DataTypes.STRING(254), allowNull: true },
      contact_phone: { type: column.code, allowNull: true },
      ship_to_name: line,
      ship_to_line1: line,
      ship_to_line2: line,
      ship_to_city: line,
      ship_to_postcode: line,
      ship_to_country: line,
      carrier: { type: DataTypes.STRING(255), allowNull: true },
      tracking_number: { type: DataTypes.STRING(255), allowNull: true },
      version: { type: column.count, allowNull: false },
      placed_at: { type: column.instant, allowNull: false },
      changed_at: { type: column.instant, allowNull: false },
    },
    { charset: 'utf8mb4' },
  );
  const newest = ['placed_at', 'order_id'];
  await schema.addIndex('orders', newest);
  await schema.addIndex('orders', ['customer_id', ...newest]);
  await schema.addIndex('orders', ['status', ...newest]);
  await schema.addIndex('orders', ['customer_id', 'status', ...newest]);
}

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

/** Cancellations whose refund was asked for: whichever side owns the order by then has to complete them. */
async function createInterruptedCancellations(schema: QueryInterface): Promise<void> {
  await schema.createTable('order_cancellations', {
    payment_id: { type: column.id, primaryKey: true },
    order_id: { type: column.id, allowNull: false },
    touched_at: { type: column.instant, allowNull: false },
  });
  await schema.addIndex('order_cancellations', ['order_id']);
  await schema.addIndex('order_cancellations', ['touched_at']);
}
