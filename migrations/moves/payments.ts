import type { Move, MoveTable, Row } from '#contracts/strangler/move.js';
import { tasksLeftUndone } from './order-tasks.js';
import { idempotencyRecords } from './idempotency-records.js';

/** The monolith says what became of the amount in a word, the service by what was taken and what was given back. */
const captured: MoveTable = {
  monolith: { table: 'payments', key: ['payment_id'], ownedBy: 'payment_id' },
  service: { table: 'payments', key: ['payment_id'], ownedBy: 'payment_id' },
  toService: ({ payment_id, order_id, amount, currency, status, last4, version, created_at, updated_at }) => {
    const refunded = status === 'REFUNDED';
    return {
      ...{ payment_id, order_id, currency, version, updated_at },
      captured_amount: amount,
      refunded_amount: refunded ? amount : 0,
      card_last4: last4,
      captured_at: created_at,
      // Nothing happens to a payment after its refund.
      refunded_at: refunded ? updated_at : null,
    } as Row;
  },
  toMonolith: (row) => {
    const { payment_id, order_id, currency, version, updated_at } = row;
    return {
      ...{ payment_id, order_id, currency, version, updated_at },
      amount: row['captured_amount'],
      status: row['refunded_at'] === null ? 'CAPTURED' : 'REFUNDED',
      last4: row['card_last4'],
      created_at: row['captured_at'],
    } as Row;
  },
};

/**
 * What the provider was asked for without a written outcome goes with its payment: whoever owns the payment by then
 * asks what became of it. That a charge is given up for good is part of the row, so that no side takes it up again.
 */
const attempts: MoveTable = {
  monolith: { table: 'payment_attempts', key: ['payment_id'], ownedBy: 'payment_id' },
  service: { table: 'provider_attempts', key: ['payment_id'], ownedBy: 'payment_id' },
  toService: ({ state, ...row }) => ({ ...row, given_up: state === 'abandoned' ? 1 : 0 }),
  toMonolith: ({ given_up, ...row }) => ({ ...row, state: Number(given_up) === 1 ? 'abandoned' : 'open' }),
};

export const payments: Move = {
  capability: 'payments',
  tables: [captured, attempts, idempotencyRecords('payments')],
  leftBehind: { openWork: [tasksLeftUndone('payments of orders', ['give back'])] },
};
