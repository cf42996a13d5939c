import { z } from 'zod';

/** Every stable error code of the HTTP contract, with the status that it is answered with. */
export const problemStatus = {
  invalid_request: 400,
  unauthenticated: 401,
  payment_declined: 402,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  insufficient_stock: 409,
  invalid_state: 409,
  request_in_progress: 409,
  /** Of a part of the monolith that was retired: asked through the gateway, nobody sees it. */
  gone: 410,
  version_mismatch: 412,
  too_large: 413,
  unsupported_media_type: 415,
  /** The other side owns what the request writes; the gateway sends it there, clients never see it. */
  not_owner: 421,
  idempotency_key_reused: 422,
  rate_limited: 429,
  internal: 500,
  bad_gateway: 502,
  unavailable: 503,
  timeout: 504,
} as const;

export type ProblemCode = keyof typeof problemStatus;

/** RFC 9457 `application/problem+json`, as every process answers errors. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof problemSchema>;
