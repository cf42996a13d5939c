import { z } from 'zod';
import { defineEndpoint } from '../http/endpoint.js';
import {
  idSchema,
  listOf,
  moneySchema,
  noBody,
  noParams,
  noQuery,
  pageQuery,
  timestampSchema,
  versionSchema,
} from '../http/fields.js';

export const productSchema = z
  .object({
    productId: idSchema,
    name: z.string(),
    price: moneySchema,
    version: versionSchema,
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'Product' });

export type Product = z.infer<typeof productSchema>;

const params = z.strictObject({ productId: idSchema });
const body = z.strictObject({ name: z.string().trim().min(1).max(255), price: moneySchema });

export const catalogueEndpoints = {
  list: defineEndpoint({
    capability: 'catalogue',
    verb: 'list',
    method: 'GET',
    path: '/products',
    summary: 'All products, ordered by id',
    params: noParams,
    query: z.strictObject(pageQuery),
    body: noBody,
    answers: { 200: { description: 'A page of products', schema: listOf(productSchema) } },
    problems: [],
  }),
  get: defineEndpoint({
    capability: 'catalogue',
    verb: 'get',
    method: 'GET',
    path: '/products/{productId}',
    summary: 'One product',
    params,
    query: noQuery,
    body: noBody,
    answers: { 200: { description: 'The product', schema: productSchema } },
    problems: ['not_found'],
  }),
  put: defineEndpoint({
    capability: 'catalogue',
    verb: 'put',
    method: 'PUT',
    path: '/products/{productId}',
    summary: 'Create or change a product',
    params,
    query: noQuery,
    body,
    answers: {
      200: { description: 'The product after the change', schema: productSchema },
      201: { description: 'The product that was created', schema: productSchema },
    },
    problems: ['version_mismatch'],
  }),
};
