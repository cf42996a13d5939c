import { z } from 'zod';
import { idSchema, moneySchema } from '../../http/fields.js';
import { paymentSchema } from '../payments.js';
import { defineEvent } from './define-event.js';

const key = 'paymentId';

/** The payment as it stands after what has happened. */
const data = z.object({ payment: paymentSchema });

export const paymentEvents = {
  captured: defineEvent({
    type: 'payments.captured.v1',
    summary: 'The money for an order has been taken',
    ...{ key, data },
  }),
  declined: defineEvent({
    type: 'payments.declined.v1',
    summary: 'The card provider has declined to take the money for an order; there is no payment of it',
    key,
    data: z.object({
      paymentId: idSchema,
      orderId: idSchema,
      amount: moneySchema,
      /** The provider's word for it. */
      reason: z.string(),
    }),
  }),
  refunded: defineEvent({
    type: 'payments.refunded.v1',
    summary: 'The money of a payment has been given back',
    ...{ key, data },
  }),
};
