import { z } from 'zod';
import { idSchema } from '../http/fields.js';
import { defineServiceEndpoint } from '../strangler/service-endpoint.js';

/** What others ask of the catalogue, which stays in the monolith. */
export const catalogueRequests = {
  exists: defineServiceEndpoint({
    capability: 'catalogue',
    verb: 'exists',
    summary: 'Is there such a product?',
    request: z.strictObject({ productId: idSchema }),
    answer: z.object({ exists: z.boolean() }),
  }),
};
