import type { Endpoint } from './endpoint.js';
import { problemStatus, type ProblemCode } from './problem.js';

/** What holds for every endpoint of a contract, and therefore stands in no endpoint's own definition. */

export function isWrite({ method }: Endpoint): boolean {
  return method !== 'GET';
}

export const sharedParameters = {
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    description: 'Names this request in logs and answers; one is made up where none is sent.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,128}$' },
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Makes the write safe to repeat: the same key with the same body gets the first answer again.',
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description:
      'The version that the write is meant for, as the ETag told it; any other is refused with 412.',
    schema: { type: 'string', examples: ['"3"'] },
  },
};

export const sharedHeaders = {
  'X-Request-Id': { description: 'The id of this request.', schema: { type: 'string' } },
  ETag: {
    description: 'The version of the resource, in double quotes; it grows by one at each write.',
    schema: { type: 'string', examples: ['"3"'] },
  },
  'Idempotency-Replayed': {
    description: 'Present when this is the answer that was given to an earlier request with the same key.',
    schema: { type: 'string', const: 'true' },
  },
  'Retry-After': { description: 'Seconds after which a retry makes sense.', schema: { type: 'integer' } },
  Location: { description: 'Path of the resource that was created.', schema: { type: 'string' } },
};

/** Parameters by name that an endpoint takes beyond those of its own definition. */
export function conventionalParameters(endpoint: Endpoint): (keyof typeof sharedParameters)[] {
  return [
    'RequestId',
    ...(isWrite(endpoint) ? (['IdempotencyKey'] as const) : []),
    ...(endpoint.problems.includes('version_mismatch') ? (['IfMatch'] as const) : []),
  ];
}

/** What goes wrong whichever endpoint is asked; the last three are what a gateway answers when nobody stands behind it. */
const problemsOfAll: readonly ProblemCode[] = [
  'invalid_request',
  'internal',
  'bad_gateway',
  'unavailable',
  'timeout',
];

const problemsOfWrites: readonly ProblemCode[] = [
  'request_in_progress',
  'idempotency_key_reused',
  'too_large',
  'unsupported_media_type',
];

/** Every code that an endpoint may answer, grouped by status, in ascending order of status. */
export function problemsByStatus(endpoint: Endpoint): [status: string, codes: ProblemCode[]][] {
  const codes = new Set([
    ...endpoint.problems,
    ...problemsOfAll,
    ...(isWrite(endpoint) ? problemsOfWrites : []),
  ]);
  const groups = new Map<number, ProblemCode[]>();
  for (const code of [...codes].sort()) {
    const status = problemStatus[code];
    groups.set(status, [...(groups.get(status) ?? []), code]);
  }
  return [...groups].sort(([one], [other]) => one - other).map(([status, list]) => [String(status), list]);
}
