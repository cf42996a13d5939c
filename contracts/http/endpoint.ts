import type { z } from 'zod';
import type { ProblemCode } from './problem.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * One endpoint of an HTTP contract: a method and a path template, with the schemas that both sides
 * validate requests by and that the published document is generated from.
 */
export interface Endpoint<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
> {
  capability: string;
  /** Second half of the endpoint's flag: `inventory.get`. */
  verb: string;
  method: Method;
  /** Path template with names in braces: `/inventory/{productId}`. */
  path: string;
  summary: string;
  params: Params;
  query: Query;
  body: Body;
  /** Successful answers by status. */
  answers: Record<number, { description: string; schema: z.ZodType }>;
  /** Codes that this endpoint may answer beyond those that every endpoint may. */
  problems: ProblemCode[];
}

/** Keeps the exact schema types of an endpoint definition. */
export function defineEndpoint<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType>(
  endpoint: Endpoint<Params, Query, Body>,
): Endpoint<Params, Query, Body> {
  return endpoint;
}
