import type { Move, Row } from '#contracts/strangler/move.js';

/** The service counts what lies on the shelf, the monolith what may still be sold. */
function toService({ product_id, available, reserved, version, updated_at }: Row): Row {
  return { product_id, on_hand: Number(available) + Number(reserved), reserved, version, updated_at } as Row;
}

function toMonolith({ product_id, on_hand, reserved, version, updated_at }: Row): Row {
  return { product_id, available: Number(on_hand) - Number(reserved), reserved, version, updated_at } as Row;
}

const answers = { table: 'answers', key: ['answer'], ownedBy: 'product_id' } as const;
const same = (row: Row): Row => row;

/** A move of the tests' own, which no shop changes: a mapped table, and one that is alike on both sides. */
const stockMove: Move = {
  capability: 'inventory',
  tables: [
    {
      monolith: { table: 'stock_items', key: ['product_id'], ownedBy: 'product_id' },
      service: { table: 'stock_levels', key: ['product_id'], ownedBy: 'product_id' },
      toService,
      toMonolith,
    },
    { monolith: answers, service: answers, toService: same, toMonolith: same },
  ],
};

/** What a sidecar's process loads. */
export const moves: readonly [Move] = [stockMove];
