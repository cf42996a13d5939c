import type { Request } from 'express';
import type { z } from 'zod';
import type { Endpoint } from '#contracts/http/endpoint.js';
import { AppError, type FieldError } from './app-error.js';
import { readIfMatch } from './entity-tag.js';
import type { EndpointRequest } from './route.js';

/**
 * Checks a request against its endpoint's schemas.
 * @throws AppError `invalid_request` that lists every field that does not fit; `unsupported_media_type`
 */
export function validateRequest(
  endpoint: Endpoint,
  request: Request,
  requestId: string,
): EndpointRequest<Endpoint> {
  checkMediaType(request);
  const errors: FieldError[] = [];
  const params = parse(endpoint.params, request.params, errors);
  const query = parse(endpoint.query, request.query, errors);
  const body = parse(endpoint.body, request.body, errors);
  if (errors.length > 0) {
    const first = errors[0];
    throw new AppError(
      'invalid_request',
      `The request does not fit the contract: ${first?.path || 'body'} ${first?.message}`,
      {
        errors,
      },
    );
  }
  return {
    params,
    query,
    body,
    expectedVersions: readIfMatch(request.get('if-match')),
    idempotencyKey: readIdempotencyKey(request.get('idempotency-key')),
    requestId,
    path: request.path,
    trace: traceOf(request, requestId),
  };
}

function parse(schema: z.ZodType, value: unknown, errors: FieldError[]): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  errors.push(
    ...result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  );
  return undefined;
}

function checkMediaType(request: Request): void {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody && !request.is('application/json')) {
    throw new AppError(
      'unsupported_media_type',
      'The body must be JSON: send it with Content-Type: application/json',
    );
  }
}

function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined || /^[\x21-\x7e]{1,255}$/.test(header)) return header;
  throw new AppError('invalid_request', 'Idempotency-Key must be 1 to 255 visible ASCII characters');
}

function traceOf(request: Request, requestId: string): Record<string, string> {
  const traceparent = request.get('traceparent');
  return { 'x-request-id': requestId, ...(traceparent ? { traceparent } : {}) };
}
