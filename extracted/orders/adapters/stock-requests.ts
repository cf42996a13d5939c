import { inventoryRequests, type OrderStock } from '#contracts/shop/inventory-requests.js';
import { atMonolith } from '#contracts/strangler/service-endpoint.js';
import { AppError } from '#platform/errors/app-error.js';
import type { Ask } from '#platform/messaging/ask-service.js';
import { type OrderStockPort, Unreachable } from '../use-cases/participants.js';
import { answerOf, isElsewhere } from './ask-owner.js';

type Command = 'reserve' | 'release' | 'ship';

/** Longest wait for one answer, in milliseconds; a command asks up to three times. */
const timeoutMs = 1_200;

/**
 * Stock of orders over NATS. Each product may be owned by either side: the service says which are not its own, and those
 * are asked of the monolith.
 */
export function stockOverNats(ask: Ask): OrderStockPort {
  return {
    reserve: async (order) => {
      const parts = await doWhereOwned(ask, 'reserve', order);
      if (parts.refused === undefined) return;
      // All items or none: what one side has set aside is put back before the other side's refusal is passed on.
      for (const part of parts.done) await doWhereOwned(ask, 'release', part);
      throw parts.divided ? await withAllShortages(ask, order, parts.refused) : parts.refused;
    },
    release: (order) => doAll(ask, 'release', order),
    ship: (order) => doAll(ask, 'ship', order),
  };
}

/** The side that refused knows of its own products only; the client is told of all that are short. */
async function withAllShortages(ask: Ask, order: OrderStock, refused: AppError): Promise<AppError> {
  const known = refused.options.errors ?? [];
  if (refused.code !== 'insufficient_stock') return refused;
  const { shortages } = inventoryRequests;
  const named = new Set(known.map(({ path }) => path));
  const rest = only(order, ({ productId }) => !named.has(productId));
  const found = [...known];
  for (const item of rest.items) {
    for (const endpoint of [shortages, atMonolith(shortages)]) {
      const reply = await ask(
        endpoint,
        only(rest, (one) => one === item),
        timeoutMs,
      );
      if (reply.kind === 'answer') found.push(...reply.answer.short);
      if (!isElsewhere(reply)) break;
    }
  }
  const place = new Map(order.items.map(({ productId }, index) => [productId, index]));
  const errors = found.sort((one, two) => place.get(one.path)! - place.get(two.path)!);
  const names = errors.map(({ path }) => path).join(', ');
  return new AppError(refused.code, `There is not enough stock of ${names}`, { errors });
}

async function doAll(ask: Ask, command: Command, order: OrderStock): Promise<void> {
  const { refused } = await doWhereOwned(ask, command, order);
  if (refused) throw refused;
}

interface Parts {
  done: OrderStock[];
  /** Both sides were asked for a part each. */
  divided?: boolean;
  refused?: AppError;
}

async function doWhereOwned(ask: Ask, command: Command, order: OrderStock): Promise<Parts> {
  const endpoint = inventoryRequests[command];
  const all = await ask(endpoint, order, timeoutMs);
  if (!isElsewhere(all)) return partsOf(order, () => answerOf(endpoint, all));
  const elsewhere =
    all.kind === 'refused' && all.error.options.errors
      ? new Set(all.error.options.errors.map(({ path }) => path))
      : undefined;
  const here = only(order, ({ productId }) => elsewhere?.has(productId) === false);
  const there = only(order, ({ productId }) => elsewhere?.has(productId) ?? true);
  const parts: Parts = { done: [], divided: here.items.length > 0 };
  for (const [part, where] of [
    [there, atMonolith(endpoint)],
    [here, endpoint],
  ] as const) {
    if (part.items.length === 0) continue;
    const reply = await ask(where, part, timeoutMs);
    if (isElsewhere(reply)) throw betweenOwners(parts);
    const { done, refused } = partsOf(part, () => answerOf(endpoint, reply));
    parts.done.push(...done);
    if (refused) return { ...parts, refused };
  }
  return parts;
}

/** Where one side has done its part already, it can't be said that nobody was asked. */
function betweenOwners({ done }: Parts): AppError {
  const nobody = new Unreachable('Inventory', new Error('stock is being handed over'));
  return done.length === 0 ? nobody : new AppError(nobody.code, nobody.message, nobody.options);
}

function partsOf(order: OrderStock, answer: () => unknown): Parts {
  try {
    answer();
    return { done: [order] };
  } catch (error) {
    if (
      error instanceof AppError &&
      ['insufficient_stock', 'invalid_state', 'not_found'].includes(error.code)
    )
      return { done: [], refused: error };
    throw error;
  }
}

function only(order: OrderStock, keep: (item: OrderStock['items'][0]) => boolean): OrderStock {
  return { ...order, items: order.items.filter(keep) };
}
