import { z } from 'zod';
import { idSchema, listOf, pageQuery } from '../http/fields.js';
import { defineServiceEndpoint } from '../strangler/service-endpoint.js';
import { notificationSchema, notificationsEndpoints, templateSchema } from './notifications.js';

const aboutOrder = { template: templateSchema.exclude(['message']), orderId: idSchema };
const [email, sms] = notificationsEndpoints.create.body.options;

/**
 * What others ask of the notifications service. An order's customer is told once per template and channel: a repetition
 * is answered with the notification that there is. The owner is told by the id that the notification has or will have,
 * `deriveId('notifications', orderId, template, channel)`. Errors: `not_owner`.
 */
export const notificationRequests = {
  notify: defineServiceEndpoint({
    capability: 'notifications',
    verb: 'notify',
    summary: 'Tell the customer of an order, once per template and channel',
    request: z.discriminatedUnion('channel', [email.extend(aboutOrder), sms.extend(aboutOrder)]),
    answer: notificationSchema,
  }),
  /** Both sides have all: whoever is asked, whatever they own. A cursor of one side is good at the other. */
  all: defineServiceEndpoint({
    capability: 'notifications',
    verb: 'all',
    summary: 'What customers have been told, newest first',
    request: z.strictObject(pageQuery),
    answer: listOf(notificationSchema.omit({ to: true })),
  }),
};
