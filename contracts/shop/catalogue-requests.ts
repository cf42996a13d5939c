import { z } from 'zod';
import { idSchema } from '../http/fields.js';
import { defineServiceEndpoint } from '../strangler/service-endpoint.js';
import { productSchema } from './catalogue.js';

/** What others ask of the catalogue, which stays in the monolith. */
export const catalogueRequests = {
  exists: defineServiceEndpoint({
    capability: 'catalogue',
    verb: 'exists',
    summary: 'Is there such a product?',
    request: z.strictObject({ productId: idSchema }),
    answer: z.object({ exists: z.boolean() }),
  }),
  products: defineServiceEndpoint({
    capability: 'catalogue',
    verb: 'products',
    summary: 'Those of these products that there are, with what they cost now',
    request: z.strictObject({ productIds: z.array(idSchema).min(1).max(100) }),
    answer: z.object({ products: z.array(productSchema) }),
  }),
};
