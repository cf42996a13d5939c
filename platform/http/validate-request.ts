import type { Request } from 'express';
import type { z } from 'zod';
import type { Endpoint } from '#contracts/http/endpoint.js';
import { idHeader, isSignedId, signatureHeader } from '#platform/crypto/assigned-id.js';
import { AppError, type FieldError } from '../errors/app-error.js';
import { findUnfit } from '../errors/find-unfit.js';
import { readIfMatch } from './entity-tag.js';
import type { EndpointRequest } from './route.js';

/** Errors that are told of one part of a request: what is wrong with the first is as a rule wrong with the others. */
const maxErrors = 50;

/**
 * Checks a request against its endpoint's schemas.
 * @param signingKey what gateways sign ids with; without it none is believed
 * @throws AppError `invalid_request` that lists the fields that do not fit, at most 50 of each part; `unsupported_media_type`
 */
export function validateRequest(
  endpoint: Endpoint,
  request: Request,
  requestId: string,
  signingKey: string | undefined,
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
    assignedId: readAssignedId(request, signingKey),
    requestId,
    path: request.path,
    trace: traceOf(request, requestId),
  };
}

function parse(schema: z.ZodType, value: unknown, errors: FieldError[]): unknown {
  const unfit = findUnfit(value);
  if (unfit.length > 0) {
    errors.push(...unfit);
    return undefined;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  errors.push(
    ...result.error.issues
      .slice(0, maxErrors)
      .map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
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

/** A header that nobody with the key has signed is nobody's word: it counts as not sent. */
function readAssignedId(request: Request, signingKey: string | undefined): string | undefined {
  const id = request.get(idHeader);
  const signature = request.get(signatureHeader);
  if (id === undefined || signature === undefined || signingKey === undefined) return undefined;
  const path = request.originalUrl.split('?', 1)[0] ?? '';
  return isSignedId(signingKey, { id, method: request.method, path }, signature) ? id : undefined;
}

function traceOf(request: Request, requestId: string): Record<string, string> {
  const traceparent = request.get('traceparent');
  return { 'x-request-id': requestId, ...(traceparent ? { traceparent } : {}) };
}
