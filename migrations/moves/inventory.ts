import type { Move, MoveTable, Row } from '#contracts/strangler/move.js';
import { tasksLeftUndone } from './order-tasks.js';
import { idempotencyRecords } from './idempotency-records.js';

/** The service counts what lies on the shelf, the monolith what may still be sold: the difference is what is reserved. */
function toService({ product_id, available, reserved, version, updated_at }: Row): Row {
  return { product_id, on_hand: Number(available) + Number(reserved), reserved, version, updated_at } as Row;
}

function toMonolith({ product_id, on_hand, reserved, version, updated_at }: Row): Row {
  return { product_id, available: Number(on_hand) - Number(reserved), reserved, version, updated_at } as Row;
}

/** What is set aside for which order: a promise means the same on both sides, so its row does. */
const reservations: MoveTable = {
  monolith: { table: 'stock_reservations', key: ['order_id', 'product_id'], ownedBy: 'product_id' },
  service: { table: 'stock_reservations', key: ['order_id', 'product_id'], ownedBy: 'product_id' },
  toService: (row) => row,
  toMonolith: (row) => row,
};

export const inventory: Move = {
  capability: 'inventory',
  tables: [
    {
      monolith: { table: 'stock_items', key: ['product_id'], ownedBy: 'product_id' },
      service: { table: 'stock_levels', key: ['product_id'], ownedBy: 'product_id' },
      toService,
      toMonolith,
    },
    reservations,
    idempotencyRecords('inventory'),
  ],
  leftBehind: { openWork: [tasksLeftUndone('stock of orders', ['undo', 'release', 'ship'])] },
};
