import { z } from 'zod';
import { idSchema } from '../../http/fields.js';
import { quantitySchema } from '../inventory.js';
import { defineEvent } from './define-event.js';

const key = 'productId';

/** Units of one product. An order of several products makes several events: each product has an owner of its own. */
const data = z.object({
  orderId: idSchema,
  productId: idSchema,
  quantity: quantitySchema,
  /** Tells this attempt at placing the order from an earlier one under the same id. */
  attempt: z.int().min(0),
});

export const inventoryEvents = {
  stockReserved: defineEvent({
    type: 'inventory.stock-reserved.v1',
    summary: 'Units of a product have been set aside for an order',
    ...{ key, data },
  }),
  stockReleased: defineEvent({
    type: 'inventory.stock-released.v1',
    summary: 'Units that were set aside for an order have been put back',
    ...{ key, data },
  }),
  stockShipped: defineEvent({
    type: 'inventory.stock-shipped.v1',
    summary: 'Units that were set aside for an order have left the house',
    ...{ key, data },
  }),
};
