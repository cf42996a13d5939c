import { mapColumns, mapped, renamed, same } from '#contracts/strangler/map-columns.js';
import type { Move, MoveTable, Row } from '#contracts/strangler/move.js';
import { tasksLeftUndone } from './order-tasks.js';
import { idempotencyRecords } from './idempotency-records.js';

/** The monolith says what became of the amount in a word, the service by what was taken and what was given back. */
const captured: MoveTable = {
  monolith: { table: 'payments', key: ['payment_id'], ownedBy: 'payment_id' },
  service: { table: 'payments', key: ['payment_id'], ownedBy: 'payment_id' },
  ...mapColumns(
    same('payment_id', 'order_id', 'currency', 'version', 'updated_at'),
    renamed({ amount: 'captured_amount', last4: 'card_last4', created_at: 'captured_at' }),
    mapped(['status'], ['refunded_amount', 'refunded_at'], {
      toService: ({ status, amount, updated_at }) =>
        status === 'REFUNDED'
          ? // Nothing happens to a payment after its refund.
            ({ refunded_amount: amount, refunded_at: updated_at } as Row)
          : { refunded_amount: 0, refunded_at: null },
      toMonolith: ({ refunded_at }) => ({ status: refunded_at === null ? 'CAPTURED' : 'REFUNDED' }),
    }),
  ),
};

/**
 * What the provider was asked for without a written outcome goes with its payment: whoever owns the payment by then
 * asks what became of it. That a charge is given up for good is part of the row, so that no side takes it up again.
 */
const attempts: MoveTable = {
  monolith: { table: 'payment_attempts', key: ['payment_id'], ownedBy: 'payment_id' },
  service: { table: 'provider_attempts', key: ['payment_id'], ownedBy: 'payment_id' },
  ...mapColumns(
    same('payment_id', 'order_id', 'kind', 'touched_at'),
    mapped(['state'], ['given_up'], {
      toService: ({ state }) => ({ given_up: state === 'abandoned' ? 1 : 0 }),
      toMonolith: ({ given_up }) => ({ state: Number(given_up) === 1 ? 'abandoned' : 'open' }),
    }),
  ),
};

export const payments: Move = {
  capability: 'payments',
  tables: [captured, attempts, idempotencyRecords('payments')],
  leftBehind: { openWork: [tasksLeftUndone('payments of orders', ['give back'])] },
};
