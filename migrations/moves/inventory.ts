import { mapColumns, mapped, same } from '#contracts/strangler/map-columns.js';
import type { Move, MoveTable } from '#contracts/strangler/move.js';
import { tasksLeftUndone } from './order-tasks.js';
import { idempotencyRecords } from './idempotency-records.js';

/** The service counts what lies on the shelf, the monolith what may still be sold: the difference is what is reserved. */
const stock = mapColumns(
  same('product_id', 'reserved', 'version', 'updated_at'),
  mapped(['available'], ['on_hand'], {
    toService: ({ available, reserved }) => ({ on_hand: Number(available) + Number(reserved) }),
    toMonolith: ({ on_hand, reserved }) => ({ available: Number(on_hand) - Number(reserved) }),
  }),
);

/** What is set aside for which order: a promise means the same on both sides, so its row does. */
const reservations: MoveTable = {
  monolith: { table: 'stock_reservations', key: ['order_id', 'product_id'], ownedBy: 'product_id' },
  service: { table: 'stock_reservations', key: ['order_id', 'product_id'], ownedBy: 'product_id' },
  ...mapColumns(same('order_id', 'product_id', 'quantity', 'state', 'attempt', 'updated_at')),
};

export const inventory: Move = {
  capability: 'inventory',
  tables: [
    {
      monolith: { table: 'stock_items', key: ['product_id'], ownedBy: 'product_id' },
      service: { table: 'stock_levels', key: ['product_id'], ownedBy: 'product_id' },
      ...stock,
    },
    reservations,
    idempotencyRecords('inventory'),
  ],
  leftBehind: { openWork: [tasksLeftUndone('stock of orders', ['undo', 'release', 'ship'])] },
};
