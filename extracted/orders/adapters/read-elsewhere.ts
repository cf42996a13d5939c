import type { z } from 'zod';
import { notificationRequests } from '#contracts/shop/notification-requests.js';
import { paymentRequests } from '#contracts/shop/payment-requests.js';
import { atMonolith, type ServiceEndpoint } from '#contracts/strangler/service-endpoint.js';
import { askService } from '#platform/messaging/ask-service.js';
import type { NatsLink } from '#platform/messaging/link-nats.js';
import type { Elsewhere } from '../use-cases/participants.js';
import { answerOf } from './ask-owner.js';

const pageSize = 200;
/** Longest wait for a page, in milliseconds. */
const patience = 5_000;

/** Other capabilities' data, from whichever side has it. */
export function elsewhereOver(link: NatsLink): Elsewhere {
  return {
    payments: (cursor) => readPage(link, paymentRequests.all, { limit: pageSize, cursor }),
    notifications: (cursor) => readPage(link, notificationRequests.all, { limit: pageSize, cursor }),
  };
}

/** The monolith has all of a capability until that is complete; a service may still be getting it. */
async function readPage<Request extends z.ZodType, Answer extends z.ZodType>(
  link: NatsLink,
  endpoint: ServiceEndpoint<Request, Answer>,
  page: z.input<Request>,
): Promise<z.output<Answer>> {
  const monolith = await askService(link, atMonolith(endpoint), page, patience);
  if (monolith.kind === 'answer') return monolith.answer;
  return answerOf(endpoint, await askService(link, endpoint, page, patience));
}
