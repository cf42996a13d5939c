import { z } from 'zod';
import { defineEndpoint } from '../http/endpoint.js';
import {
  idSchema,
  listOf,
  noBody,
  noParams,
  noQuery,
  pageQuery,
  timestampSchema,
  versionSchema,
} from '../http/fields.js';

const channelSchema = z.enum(['email', 'sms']);

/** Every text that a customer can be sent, by name. */
export const templateSchema = z.enum([
  'order-confirmed',
  'order-cancelled',
  'order-shipped',
  'order-delivered',
  'message',
]);

export const notificationSchema = z
  .object({
    notificationId: idSchema,
    channel: channelSchema,
    to: z.string(),
    template: templateSchema,
    orderId: idSchema.nullable(),
    status: z.enum(['QUEUED', 'SENT', 'FAILED']),
    attempts: z.int().min(0),
    version: versionSchema,
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'Notification' });

export type Notification = z.infer<typeof notificationSchema>;

export const emailSchema = z.email().max(254);
/** E.164: a plus sign and up to 15 digits. */
export const phoneSchema = z.string().regex(/^\+[1-9][0-9]{6,14}$/, 'must be a number such as +441632960961');

const queued = {
  template: templateSchema,
  /** Values that the template names, e.g. `{"orderId": "..."}`. */
  data: z.record(z.string().max(64), z.union([z.string().max(2_000), z.number(), z.boolean(), z.null()])),
  orderId: idSchema.optional(),
};

const body = z.discriminatedUnion('channel', [
  z.strictObject({ channel: z.literal('email'), to: emailSchema, ...queued }),
  z.strictObject({ channel: z.literal('sms'), to: phoneSchema, ...queued }),
]);

export const notificationsEndpoints = {
  create: defineEndpoint({
    capability: 'notifications',
    verb: 'create',
    method: 'POST',
    path: '/notifications',
    summary: 'Queue a message to a customer',
    params: noParams,
    query: noQuery,
    body,
    answers: { 202: { description: 'The queued notification', schema: notificationSchema } },
    problems: [],
  }),
  get: defineEndpoint({
    capability: 'notifications',
    verb: 'get',
    method: 'GET',
    path: '/notifications/{notificationId}',
    summary: 'One notification and what became of it',
    params: z.strictObject({ notificationId: idSchema }),
    query: noQuery,
    body: noBody,
    answers: { 200: { description: 'The notification', schema: notificationSchema } },
    problems: ['not_found'],
  }),
  list: defineEndpoint({
    capability: 'notifications',
    verb: 'list',
    method: 'GET',
    path: '/notifications',
    summary: 'Notifications, newest first; of one order where `orderId` is given',
    params: noParams,
    query: z.strictObject({ ...pageQuery, orderId: idSchema.optional() }),
    body: noBody,
    answers: { 200: { description: 'A page of notifications', schema: listOf(notificationSchema) } },
    problems: [],
  }),
};
