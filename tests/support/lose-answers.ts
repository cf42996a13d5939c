import { headers } from 'nats';
import type { z } from 'zod';
import {
  type ServiceEndpoint,
  serviceErrorSchema,
  serviceSubject,
} from '#contracts/strangler/service-endpoint.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';

/**
 * Takes a program's place: receives its requests, and answers that something went wrong. The program that asked knows no
 * more than after a timeout, which no test has to wait for: the request may have been carried out, or not.
 * @returns ends it; the broker knows of it by then
 */
export async function loseAnswers<Request extends z.ZodType>(
  nats: NatsConnection,
  endpoint: ServiceEndpoint<Request>,
  received: (request: z.output<Request>) => void,
): Promise<() => void> {
  const failure = headers();
  failure.set('Nats-Service-Error', 'the answer is lost');
  failure.set('Nats-Service-Error-Code', '500');
  const body: z.input<typeof serviceErrorSchema> = { code: 'internal', message: 'the answer is lost' };
  const subscription = nats.subscribe(serviceSubject(endpoint), {
    callback: (error, message) => {
      if (error) return;
      received(endpoint.request.parse(message.json()));
      message.respond(JSON.stringify(body), { headers: failure });
    },
  });
  await nats.flush();
  return () => subscription.unsubscribe();
}
