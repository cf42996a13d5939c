import { DataTypes, type QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';
import { createProjectionsTable } from '#platform/database/projection-table.js';

export const name = '0004-projections';

const build = { type: column.count, primaryKey: true };
const fact = 'VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin';

/** What queries read: built from events, several times side by side, and no part of a move. */
export async function up(schema: QueryInterface): Promise<void> {
  await createProjectionsTable(schema);
  await createOrderViews(schema);
  await schema.dropTable('tracking_entries');
  await schema.createTable(
    'tracking_facts',
    {
      build,
      order_id: { type: column.id, primaryKey: true },
      /** What it is: the same however often, and from whomever, it is heard. */
      fact: { type: fact, primaryKey: true },
      happened_at: { type: column.instant, allowNull: false },
      type: { type: column.code, allowNull: false },
      detail: { type: DataTypes.STRING(500), allowNull: false },
      /** Of stock: each product is a fact of its own, and an order's timeline tells of all of them at once. */
      units: { type: column.count, allowNull: true },
      /** Of the order, which the fact made; of others NULL. */
      version: { type: column.count, allowNull: true },
      /** `event`, or `history`: what the order's own side has noted, up to `version`. */
      source: { type: column.code, allowNull: false },
    },
    { charset: 'utf8mb4' },
  );
}

async function createOrderViews(schema: QueryInterface): Promise<void> {
  await schema.createTable(
    'order_views',
    {
      build,
      order_id: { type: column.id, primaryKey: true },
      customer_id: { type: column.id, allowNull: false },
      status: { type: column.code, allowNull: false },
      currency: { type: column.currency, allowNull: false },
      total: { type: column.amount, allowNull: false },
      placed_at: { type: column.instant, allowNull: false },
      /** The order as clients see it, as JSON. */
      document: { type: DataTypes.TEXT('medium'), allowNull: false },
      version: { type: column.count, allowNull: false },
    },
    { charset: 'utf8mb4' },
  );
  const newest = ['placed_at', 'order_id'];
  await schema.addIndex('order_views', ['build', ...newest]);
  await schema.addIndex('order_views', ['build', 'status', ...newest]);
  await schema.addIndex('order_views', ['build', 'customer_id', ...newest]);
  await schema.addIndex('order_views', ['build', 'customer_id', 'status', ...newest]);
}
