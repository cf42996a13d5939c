import { z } from 'zod';
import { defineEndpoint } from '../http/endpoint.js';
import {
  idSchema,
  listOf,
  moneySchema,
  noBody,
  noParams,
  noQuery,
  pageQuery,
  timestampSchema,
  versionSchema,
} from '../http/fields.js';

/** How a customer pays; the token stands for a card that only the provider knows. */
export const paymentMethodSchema = z
  .strictObject({
    type: z.literal('card'),
    token: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be a card token'),
  })
  .meta({ id: 'PaymentMethod' });

export type PaymentMethod = z.infer<typeof paymentMethodSchema>;

export const paymentSchema = z
  .object({
    paymentId: idSchema,
    orderId: idSchema,
    amount: moneySchema,
    status: z.enum(['CAPTURED', 'REFUNDED']),
    method: z.object({ type: z.literal('card'), last4: z.string() }),
    version: versionSchema,
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'Payment' });

export type Payment = z.infer<typeof paymentSchema>;

const params = z.strictObject({ paymentId: idSchema });

export const paymentsEndpoints = {
  create: defineEndpoint({
    capability: 'payments',
    verb: 'create',
    method: 'POST',
    path: '/payments',
    summary: 'Charge a card for an order',
    params: noParams,
    query: noQuery,
    body: z.strictObject({ orderId: idSchema, amount: moneySchema, method: paymentMethodSchema }),
    answers: { 201: { description: 'The captured payment', schema: paymentSchema } },
    problems: ['payment_declined', 'unavailable', 'timeout'],
  }),
  get: defineEndpoint({
    capability: 'payments',
    verb: 'get',
    method: 'GET',
    path: '/payments/{paymentId}',
    summary: 'One payment',
    params,
    query: noQuery,
    body: noBody,
    answers: { 200: { description: 'The payment', schema: paymentSchema } },
    problems: ['not_found'],
  }),
  list: defineEndpoint({
    capability: 'payments',
    verb: 'list',
    method: 'GET',
    path: '/payments',
    summary: 'Payments, newest first; of one order where `orderId` is given',
    params: noParams,
    query: z.strictObject({ ...pageQuery, orderId: idSchema.optional() }),
    body: noBody,
    answers: { 200: { description: 'A page of payments', schema: listOf(paymentSchema) } },
    problems: [],
  }),
  refund: defineEndpoint({
    capability: 'payments',
    verb: 'refund',
    method: 'POST',
    path: '/payments/{paymentId}/refund',
    summary: 'Give the whole amount back',
    params,
    query: noQuery,
    body: noBody,
    answers: { 200: { description: 'The refunded payment', schema: paymentSchema } },
    problems: ['not_found', 'invalid_state', 'version_mismatch', 'unavailable', 'timeout'],
  }),
};
