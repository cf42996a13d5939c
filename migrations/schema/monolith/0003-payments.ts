import type { QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';
import { createIdempotencyTable } from '#platform/database/idempotency.js';

export const name = '0003-payments';

export async function up(schema: QueryInterface): Promise<void> {
  await schema.createTable('payments', {
    payment_id: { type: column.id, primaryKey: true },
    order_id: { type: column.id, allowNull: false },
    amount: { type: column.amount, allowNull: false },
    currency: { type: column.currency, allowNull: false },
    status: { type: column.code, allowNull: false },
    last4: { type: column.code, allowNull: false },
    version: { type: column.count, allowNull: false },
    created_at: { type: column.instant, allowNull: false },
    updated_at: { type: column.instant, allowNull: false },
  });
  await schema.addIndex('payments', ['created_at', 'payment_id']);
  await schema.addIndex('payments', ['order_id', 'created_at', 'payment_id']);
  await createAttempts(schema);
  await createIdempotencyTable(schema, 'payments');
}

/** Calls to the provider whose outcome is not yet in `payments`: what a crash leaves here has to be settled. */
async function createAttempts(schema: QueryInterface): Promise<void> {
  await schema.createTable('payment_attempts', {
    payment_id: { type: column.id, primaryKey: true },
    order_id: { type: column.id, allowNull: false },
    kind: { type: column.code, allowNull: false },
    state: { type: column.code, allowNull: false },
    touched_at: { type: column.instant, allowNull: false },
  });
  await schema.addIndex('payment_attempts', ['touched_at']);
}
