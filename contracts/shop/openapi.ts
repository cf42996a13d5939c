import { openapiDocument, type OpenapiDocument } from '../http/openapi-document.js';
import { shopEndpoints } from './endpoints.js';

const description = `One contract, whichever side answers: the monolith, an extracted service, or the gateway in front of both.

Money is an integer in minor units next to its ISO 4217 code. Timestamps are ISO 8601 in UTC with milliseconds.
Errors are RFC 9457 problem details with a stable \`code\`. Every write may carry an \`Idempotency-Key\`: the same key with
the same body gets the first answer again, for 24 hours. A resource's \`ETag\` is its version; \`If-Match\` makes a write
conditional on it. Lists come in pages: pass \`nextCursor\` on as \`cursor\` until it is null.`;

/** The shop's published document, built from the schemas that requests are validated by. */
export function shopOpenapi(): OpenapiDocument {
  return openapiDocument({ title: 'Shop', version: '1.0.0', description }, shopEndpoints);
}
