import { inventoryRequests, type OrderStock } from '#contracts/shop/inventory-requests.js';
import type { FieldError } from '#platform/http/app-error.js';
import { askService, type Reply } from '#platform/messaging/ask-service.js';
import type { NatsLink } from '#platform/messaging/link-nats.js';
import { createShield, type Shield } from '#platform/resilience/shield.js';
import type { StockCommand } from './plan-stock.js';

/** The inventory service, which owns what this side does not. */
export interface RemoteStock {
  ask(command: StockCommand, order: OrderStock): Promise<Reply<object>>;
  /** Which items could not be set aside there. */
  shortages(order: OrderStock): Promise<Reply<{ short: FieldError[] }>>;
  close(): void;
}

/** Longest wait for an answer, in milliseconds. A waiting order holds its rows' locks, so it is short. */
const remotePatience = 2_000;

const limits = {
  ...{ concurrent: 16, queue: 64, wait: 1_000 },
  breaker: { consecutive: 5, percent: 50, volume: 20, retryAfter: 1_000 },
};

/** Asks the inventory service over NATS, not more at a time than it can take, and not at all while it is down. */
export function remoteStock(link: NatsLink): RemoteStock {
  const shield = createShield(limits);
  return {
    ask: (command, order) =>
      shielded(shield, () => askService(link, inventoryRequests[command], order, remotePatience)),
    shortages: (order) =>
      shielded(shield, () => askService(link, inventoryRequests.shortages, order, remotePatience)),
    close: () => shield.close(),
  };
}

/** For a program that has no way to ask: it works with what it owns. */
export const noRemoteStock: RemoteStock = {
  ask: () => Promise.resolve(nobody),
  shortages: () => Promise.resolve(nobody),
  close: () => undefined,
};

const nobody = {
  kind: 'unreachable',
  cause: new Error('NATS_URL is not set: the inventory service can not be asked'),
} as const;

async function shielded<Answer>(shield: Shield, call: () => Promise<Reply<Answer>>): Promise<Reply<Answer>> {
  const failed = ({ kind }: Reply<Answer>) => kind === 'unreachable' || kind === 'unanswered';
  const reply = await shield.run(call, failed);
  const cause = new Error('the inventory service has failed a moment ago, or has too much to do');
  return reply ?? { kind: 'unreachable', cause };
}
