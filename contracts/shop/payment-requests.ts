import { z } from 'zod';
import { idSchema, listOf, moneySchema, pageQuery } from '../http/fields.js';
import { defineServiceEndpoint } from '../strangler/service-endpoint.js';
import { paymentMethodSchema, paymentSchema } from './payments.js';

const captured = z.object({ outcome: z.literal('captured'), payment: paymentSchema });
const refunded = z.object({ outcome: z.literal('refunded'), payment: paymentSchema });
const declined = z.object({ outcome: z.literal('declined'), reason: z.string() });
/** Nothing is charged under this id, and nothing ever will be. */
const ended = z.object({ outcome: z.literal('void') });

/** How a charge has ended, for good: asked again, it is the same. */
const chargedSchema = z.discriminatedUnion('outcome', [captured, refunded, declined, ended]);

/** Nothing has been charged, or is kept any more, and nothing ever will be. */
const givenBackSchema = z.discriminatedUnion('outcome', [refunded, declined, ended]);

/** `unknown`: it is being found out. `none`: nobody has asked for such a charge so far. */
const outcomeSchema = z.discriminatedUnion('outcome', [
  ...chargedSchema.options,
  z.object({ outcome: z.literal('unknown') }),
  z.object({ outcome: z.literal('none') }),
]);

export type Charged = z.infer<typeof chargedSchema>;
export type GivenBack = z.infer<typeof givenBackSchema>;
export type PaymentOutcome = z.infer<typeof outcomeSchema>;

export const chargeOrderSchema = z.strictObject({
  paymentId: idSchema,
  orderId: idSchema,
  amount: moneySchema,
  method: paymentMethodSchema,
});

export type ChargeOrder = z.infer<typeof chargeOrderSchema>;

/**
 * What orders ask of the payments service. Each may be repeated under the same `paymentId`, whichever side did it
 * before. Errors: `not_owner`; `request_in_progress` while the same is being done; `unavailable` while the provider
 * can't be asked: then the outcome is unknown, and the same question may be asked again.
 */
export const paymentRequests = {
  charge: defineServiceEndpoint({
    capability: 'payments',
    verb: 'charge',
    summary: 'Take the money for an order, and tell how that ended',
    request: chargeOrderSchema,
    answer: chargedSchema,
  }),
  giveBack: defineServiceEndpoint({
    capability: 'payments',
    verb: 'give-back',
    summary: 'Give the money of a payment back, or keep it from ever being taken',
    request: z.strictObject({ paymentId: idSchema, orderId: idSchema }),
    answer: givenBackSchema,
  }),
  outcome: defineServiceEndpoint({
    capability: 'payments',
    verb: 'outcome',
    summary: 'What became of a charge',
    request: z.strictObject({ paymentId: idSchema }),
    answer: outcomeSchema,
  }),
  /** Both sides have all: whoever is asked, whatever they own. A cursor of one side is good at the other. */
  all: defineServiceEndpoint({
    capability: 'payments',
    verb: 'all',
    summary: 'What has been paid, newest first',
    request: z.strictObject(pageQuery),
    answer: listOf(paymentSchema),
  }),
};
