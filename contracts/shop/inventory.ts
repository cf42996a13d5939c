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

/** Stock of one product: what can be sold, and what is set aside for orders that have not been shipped. */
export const stockSchema = z
  .object({
    productId: idSchema,
    available: z.int().min(0),
    reserved: z.int().min(0),
    version: versionSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'Stock' });

export type Stock = z.infer<typeof stockSchema>;

/** Units in one movement of stock. */
export const quantitySchema = z.int().min(1).max(1_000_000);

/** Most units that one product can hold: far above any movement, far below what the column takes. */
export const maxAvailable = 2_000_000_000;

const params = z.strictObject({ productId: idSchema });
const answer = { 200: { description: 'The stock after the change', schema: stockSchema } };

export const inventoryEndpoints = {
  list: defineEndpoint({
    capability: 'inventory',
    verb: 'list',
    method: 'GET',
    path: '/inventory',
    summary: 'Stock of all products, ordered by product id',
    params: noParams,
    query: z.strictObject(pageQuery),
    body: noBody,
    answers: { 200: { description: 'A page of stock', schema: listOf(stockSchema) } },
    problems: [],
  }),
  get: defineEndpoint({
    capability: 'inventory',
    verb: 'get',
    method: 'GET',
    path: '/inventory/{productId}',
    summary: 'Stock of one product',
    params,
    query: noQuery,
    body: noBody,
    answers: { 200: { description: 'The stock', schema: stockSchema } },
    problems: ['not_found'],
  }),
  put: defineEndpoint({
    capability: 'inventory',
    verb: 'put',
    method: 'PUT',
    path: '/inventory/{productId}',
    summary: 'Set the stock of a product that exists in the catalogue',
    params,
    query: noQuery,
    body: z.strictObject({ available: z.int().min(0).max(maxAvailable) }),
    answers: answer,
    problems: ['not_found', 'version_mismatch'],
  }),
  decrease: defineEndpoint({
    capability: 'inventory',
    verb: 'decrease',
    method: 'POST',
    path: '/inventory/{productId}/decrease',
    summary: 'Take units out of stock',
    params,
    query: noQuery,
    body: z.strictObject({ quantity: quantitySchema }),
    answers: answer,
    problems: ['not_found', 'insufficient_stock', 'version_mismatch'],
  }),
  increase: defineEndpoint({
    capability: 'inventory',
    verb: 'increase',
    method: 'POST',
    path: '/inventory/{productId}/increase',
    summary: 'Put units into stock',
    params,
    query: noQuery,
    body: z.strictObject({ quantity: quantitySchema }),
    answers: answer,
    problems: ['not_found', 'invalid_state', 'version_mismatch'],
  }),
};
