import { mapColumns, mapped, same } from '#contracts/strangler/map-columns.js';
import type { Move } from '#contracts/strangler/move.js';

/** The service counts what lies on the shelf, the monolith what may still be sold. */
const stock = mapColumns(
  same('product_id', 'reserved', 'version', 'updated_at'),
  mapped(['available'], ['on_hand'], {
    toService: ({ available, reserved }) => ({ on_hand: Number(available) + Number(reserved) }),
    toMonolith: ({ on_hand, reserved }) => ({ available: Number(on_hand) - Number(reserved) }),
  }),
);

const answers = { table: 'answers', key: ['answer'], ownedBy: 'product_id' } as const;

/** A move of the tests' own, which no shop changes: a mapped table, and one that is alike on both sides. */
const stockMove: Move = {
  capability: 'inventory',
  tables: [
    {
      monolith: { table: 'stock_items', key: ['product_id'], ownedBy: 'product_id' },
      service: { table: 'stock_levels', key: ['product_id'], ownedBy: 'product_id' },
      ...stock,
    },
    {
      monolith: answers,
      service: answers,
      ids: 'unique',
      ...mapColumns(same('answer', 'product_id', 'body')),
    },
  ],
};

/** What a sidecar's process loads. */
export const moves: readonly [Move] = [stockMove];
