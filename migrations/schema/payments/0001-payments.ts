import type { QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';
import { createIdempotencyTable, keepKeysByResource } from '#platform/database/idempotency.js';
import { createOwnershipTable } from '#platform/ownership/ownership-table.js';

export const name = '0001-payments';

export async function up(schema: QueryInterface): Promise<void> {
  await createPayments(schema);
  await createAttempts(schema);
  await createIdempotencyTable(schema, 'payments');
  await keepKeysByResource(schema, 'payments');
  await createOwnershipTable(schema, 'payments', false);
}

/** Money that was taken, and money that went back: two sums, not one sum and a word for what it means. */
async function createPayments(schema: QueryInterface): Promise<void> {
  await schema.createTable('payments', {
    payment_id: { type: column.id, primaryKey: true },
    order_id: { type: column.id, allowNull: false },
    currency: { type: column.currency, allowNull: false },
    captured_amount: { type: column.amount, allowNull: false },
    refunded_amount: { type: column.amount, allowNull: false },
    card_last4: { type: column.code, allowNull: false },
    version: { type: column.count, allowNull: false },
    captured_at: { type: column.instant, allowNull: false },
    /** NULL while nothing was refunded; not told by the amount, which may be nought. */
    refunded_at: { type: column.instant, allowNull: true },
    updated_at: { type: column.instant, allowNull: false },
  });
  await schema.addIndex('payments', ['captured_at', 'payment_id']);
  await schema.addIndex('payments', ['order_id', 'captured_at', 'payment_id']);
}

/** What the provider was, or is about to be, asked for, as long as its outcome is not written down in `payments`. */
async function createAttempts(schema: QueryInterface): Promise<void> {
  await schema.createTable('provider_attempts', {
    payment_id: { type: column.id, primaryKey: true },
    order_id: { type: column.id, allowNull: false },
    kind: { type: column.code, allowNull: false },
    /** A charge that is given up for good is ended at the provider, whatever became of it there. */
    given_up: { type: 'TINYINT UNSIGNED', allowNull: false },
    touched_at: { type: column.instant, allowNull: false },
  });
  await schema.addIndex('provider_attempts', ['touched_at']);
}
