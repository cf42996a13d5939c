import { catalogueRequests } from '#contracts/shop/catalogue-requests.js';
import { AppError } from '#platform/errors/app-error.js';
import type { Ask } from '#platform/messaging/ask-service.js';
import type { ProductExists } from '../use-cases/change-stock.js';

/** Longest wait for the catalogue, in milliseconds: the asking write holds the ownership of its bucket meanwhile. */
const patience = 1_000;

/** Asks the catalogue, wherever it is. */
export function askCatalogue(ask: Ask): ProductExists {
  return async (productId) => {
    const reply = await ask(catalogueRequests.exists, { productId }, patience);
    if (reply.kind === 'answer') return reply.answer.exists;
    const cause = reply.kind === 'refused' ? reply.error : reply.cause;
    throw new AppError('unavailable', 'Catalogue service is unavailable', { cause, retryAfter: 2 });
  };
}
