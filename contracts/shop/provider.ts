import { z } from 'zod';
import { defineEndpoint } from '../http/endpoint.js';
import { idSchema, listOf, noBody, noParams, noQuery, pageQuery, timestampSchema } from '../http/fields.js';
import { phoneSchema } from './notifications.js';

/**
 * What a card provider knows of one charge. `key` is the Idempotency-Key that it was asked for with.
 * `VOIDED` is a tombstone: nothing was charged under the key, and nothing ever will be.
 */
export const chargeSchema = z
  .object({
    key: idSchema,
    status: z.enum(['PROCESSING', 'CAPTURED', 'DECLINED', 'VOIDED', 'REFUNDED']),
    amount: z.int().min(0),
    currency: z.string(),
    reference: z.string(),
    last4: z.string().nullable(),
    /** Why a charge was declined. */
    reason: z.string().nullable(),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'Charge' });

export type Charge = z.infer<typeof chargeSchema>;

export const chargeRequestSchema = z.strictObject({
  amount: z.int().min(0),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as GBP'),
  token: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be a card token'),
  /** The merchant's own name for what is paid: an order's id. */
  reference: idSchema,
});

export type ChargeRequest = z.infer<typeof chargeRequestSchema>;

/** Money of one currency that went through the provider: `captured` includes what was refunded later. */
export const ledgerSummarySchema = z.object({
  totals: z.array(
    z.object({
      currency: z.string(),
      captured: z.int(),
      refunded: z.int(),
      captures: z.int(),
      refunds: z.int(),
    }),
  ),
});

export type LedgerSummary = z.infer<typeof ledgerSummarySchema>;

const smsRequestSchema = z.strictObject({ to: phoneSchema, text: z.string().min(1).max(1_600) });

export const smsSchema = z
  .object({ key: idSchema, to: z.string(), text: z.string(), createdAt: timestampSchema })
  .meta({ id: 'Sms' });

export type Sms = z.infer<typeof smsSchema>;

const params = z.strictObject({ key: idSchema });
const charge = { 200: { description: 'The charge as it stands now', schema: chargeSchema } };
const provider = { capability: 'provider', params: noParams, query: noQuery, body: noBody };

/** The HTTP interface of the card and SMS providers, as the sandbox serves it and the shop calls it. */
export const providerEndpoints = {
  charge: defineEndpoint({
    ...provider,
    verb: 'charge',
    method: 'POST',
    path: '/charges',
    summary: 'Charge a card once per Idempotency-Key; the status tells whether it was captured or declined',
    body: chargeRequestSchema,
    answers: { 201: { description: 'The new charge', schema: chargeSchema }, ...charge },
    problems: ['idempotency_key_reused'],
  }),
  getCharge: defineEndpoint({
    ...provider,
    verb: 'get-charge',
    method: 'GET',
    path: '/charges/{key}',
    summary: 'What became of a charge',
    params,
    answers: charge,
    problems: ['not_found'],
  }),
  refund: defineEndpoint({
    ...provider,
    verb: 'refund',
    method: 'POST',
    path: '/charges/{key}/refund',
    summary: 'Give a captured charge back; a second refund changes nothing',
    params,
    answers: charge,
    problems: ['not_found', 'invalid_state'],
  }),
  voidCharge: defineEndpoint({
    ...provider,
    verb: 'void-charge',
    method: 'POST',
    path: '/charges/{key}/void',
    summary:
      'End a charge that has not been captured, even one that has not arrived yet; the status tells what it is now',
    params,
    answers: charge,
    problems: [],
  }),
  ledger: defineEndpoint({
    ...provider,
    verb: 'ledger',
    method: 'GET',
    path: '/ledger',
    summary: 'All charges, oldest first',
    query: z.strictObject(pageQuery),
    answers: { 200: { description: 'A page of charges', schema: listOf(chargeSchema) } },
    problems: [],
  }),
  ledgerSummary: defineEndpoint({
    ...provider,
    verb: 'ledger-summary',
    method: 'GET',
    path: '/ledger/summary',
    summary: 'What was really charged and given back, by currency',
    answers: { 200: { description: 'The totals', schema: ledgerSummarySchema } },
    problems: [],
  }),
  sendSms: defineEndpoint({
    ...provider,
    verb: 'send-sms',
    method: 'POST',
    path: '/sms',
    summary: 'Send a text message once per Idempotency-Key',
    body: smsRequestSchema,
    answers: {
      201: { description: 'The message', schema: smsSchema },
      200: { description: 'The message that this key sent before', schema: smsSchema },
    },
    problems: ['idempotency_key_reused'],
  }),
  listSms: defineEndpoint({
    ...provider,
    verb: 'list-sms',
    method: 'GET',
    path: '/sms',
    summary: 'All messages, oldest first; to one number where `to` is given',
    query: z.strictObject({ ...pageQuery, to: phoneSchema.optional() }),
    answers: { 200: { description: 'A page of messages', schema: listOf(smsSchema) } },
    problems: [],
  }),
};
