import type { z } from 'zod';
import type { ServiceEndpoint } from '#contracts/strangler/service-endpoint.js';
import { askService, type Reply } from '#platform/messaging/ask-service.js';
import type { NatsLink } from '#platform/messaging/link-nats.js';
import { createShield } from '#platform/resilience/shield.js';

/** A service, which owns what this side does not. */
export interface RemoteService {
  /** Asks it over NATS, not more at a time than it can take, and not at all while it is down. @param timeout milliseconds */
  ask<Request extends z.ZodType, Answer extends z.ZodType>(
    endpoint: ServiceEndpoint<Request, Answer>,
    request: z.input<Request>,
    timeout: number,
  ): Promise<Reply<z.output<Answer>>>;
  close(): void;
}

const limits = {
  ...{ concurrent: 16, queue: 64, wait: 1_000 },
  breaker: { consecutive: 5, percent: 50, volume: 20, retryAfter: 1_000 },
};

/**
 * The way to one service, with a breaker and a bulkhead of its own.
 * @param link without it the monolith works with what it owns
 * @param name as a person would call it: `inventory service`
 */
export function remoteService(link: NatsLink | undefined, name: string): RemoteService {
  if (!link) return nobody(name);
  const shield = createShield(limits);
  return {
    ask: async (endpoint, request, timeout) => {
      const failed = ({ kind }: Reply<unknown>) => kind === 'unreachable' || kind === 'unanswered';
      const reply = await shield.run(() => askService(link, endpoint, request, timeout), failed);
      const cause = new Error(`the ${name} has failed a moment ago, or has too much to do`);
      return reply ?? { kind: 'unreachable', cause };
    },
    close: () => shield.close(),
  };
}

function nobody(name: string): RemoteService {
  const cause = new Error(`NATS_URL is not set: the ${name} can not be asked`);
  return { ask: () => Promise.resolve({ kind: 'unreachable', cause }), close: () => undefined };
}
