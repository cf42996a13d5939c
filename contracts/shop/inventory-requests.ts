import { z } from 'zod';
import { idSchema } from '../http/fields.js';
import { defineServiceEndpoint } from '../strangler/service-endpoint.js';
import { quantitySchema } from './inventory.js';
import { lastAttempt } from './reservation.js';

const items = z
  .array(z.strictObject({ productId: idSchema, quantity: quantitySchema }))
  .min(1)
  .max(100);

/** Items of one order: all of them, or none if one of them is refused, or not owned by the side that is asked. */
export const orderStockSchema = z.strictObject({
  orderId: idSchema,
  items,
  /** See `contracts/shop/reservation.ts`. */
  attempt: z.int().min(1).max(lastAttempt),
});

export type OrderStock = z.infer<typeof orderStockSchema>;

const done = z.object({});

/**
 * What orders ask of the inventory service. All may be repeated, whichever side did them before. Errors are those of the
 * HTTP contract; `not_owner` names in its `errors` the products that the service does not own.
 */
export const inventoryRequests = {
  reserve: defineServiceEndpoint({
    capability: 'inventory',
    verb: 'reserve',
    summary: 'Set units aside for an order: not_owner, insufficient_stock, invalid_state',
    request: orderStockSchema,
    answer: done,
  }),
  release: defineServiceEndpoint({
    capability: 'inventory',
    verb: 'release',
    summary: 'Put units back that were set aside, or keep them from being: not_owner, invalid_state',
    request: orderStockSchema,
    answer: done,
  }),
  ship: defineServiceEndpoint({
    capability: 'inventory',
    verb: 'ship',
    summary: 'Units that were set aside leave the house: not_owner, invalid_state',
    request: orderStockSchema,
    answer: done,
  }),
  shortages: defineServiceEndpoint({
    capability: 'inventory',
    verb: 'shortages',
    summary: 'Which of these items could not be set aside just now',
    request: orderStockSchema,
    answer: z.object({ short: z.array(z.object({ path: idSchema, message: z.string() })) }),
  }),
};
