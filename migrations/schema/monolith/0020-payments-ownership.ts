import type { QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';
import { keepKeysByResource } from '#platform/database/idempotency.js';
import { createOwnershipTable } from '#platform/ownership/ownership-table.js';

export const name = '0020-payments-ownership';

export async function up(schema: QueryInterface): Promise<void> {
  await createOwnershipTable(schema, 'payments', true);
  await keepKeysByResource(schema, 'payments');
  await createCancellations(schema);
}

/**
 * Orders whose cancellation has asked for the payment back and has not ended yet. It is the order's business and stays
 * with it, while the refund that it asked for belongs to the payment and goes where that goes.
 */
async function createCancellations(schema: QueryInterface): Promise<void> {
  await schema.createTable('order_cancellations', {
    payment_id: { type: column.id, primaryKey: true },
    order_id: { type: column.id, allowNull: false },
    touched_at: { type: column.instant, allowNull: false },
  });
  await schema.addIndex('order_cancellations', ['touched_at']);
  await schema.sequelize.query(
    `INSERT INTO order_cancellations (payment_id, order_id, touched_at)
     SELECT payment_id, order_id, touched_at FROM payment_attempts WHERE kind = 'cancellation'`,
  );
  await schema.sequelize.query("UPDATE payment_attempts SET kind = 'refund' WHERE kind = 'cancellation'");
}
