import { z } from 'zod';
import { idSchema } from '../http/fields.js';
import { defineServiceEndpoint } from '../strangler/service-endpoint.js';
import { orderSchema, orderStatusSchema, timelineEntrySchema } from './orders.js';

/** What is to become of an order, decided by the side that began it and does not own it any more. */
const settlementSchema = z.strictObject({
  orderId: idSchema,
  /**
   * From this status; an order that is in `to` already is settled, and so is one that is to be rejected, and was cancelled
   * meanwhile.
   */
  from: z.array(orderStatusSchema).min(1),
  /**
   * `UNCHANGED`: the cancellation was given up by the side that began it. Its note has gone with the order, whose owner
   * completes it; the client's key becomes free for another try.
   */
  to: z.enum(['CONFIRMED', 'REJECTED', 'CANCELLED', 'UNCHANGED']),
  paymentId: idSchema.optional(),
  reason: z.string().optional(),
  /** What has happened to it meanwhile, oldest first. */
  entries: z.array(timelineEntrySchema),
  /** The client's request that began it: its answer is remembered with the change. */
  write: z.object({ idempotencyKey: z.string().optional(), path: z.string() }),
  /** What the client is told of an order that is rejected. */
  problem: z
    .object({
      message: z.string(),
      errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    })
    .optional(),
});

export type Settlement = z.infer<typeof settlementSchema>;

/**
 * What is asked about orders of the side that owns them, which answers with the order. May be repeated. Errors: `not_owner`, `not_found`, and
 * `invalid_state` where the order has gone another way.
 */
export const orderRequests = {
  settle: defineServiceEndpoint({
    capability: 'orders',
    verb: 'settle',
    summary: 'Write down what became of an order that changed hands while it was being worked on',
    request: settlementSchema,
    answer: z.object({ order: orderSchema }),
  }),
};
