import { createHmac, timingSafeEqual } from 'node:crypto';

/** Headers by which a gateway tells a program the id of what a request creates. */
export const idHeader = 'x-strangler-id';
export const signatureHeader = 'x-strangler-signature';

/** An id, and the one request that it is meant for. */
export interface AssignedId {
  id: string;
  method: string;
  /** As sent, without its query. */
  path: string;
}

/**
 * Signs an id that is passed on (HMAC-SHA256, base64url), so that nobody but a gateway can choose ids.
 * @param key shared by gateways and programs
 */
export function signId(key: string, assigned: AssignedId): string {
  return digest(key, assigned).toString('base64url');
}

/** Whether a gateway with the same key has signed this id for this request; takes the same time for any answer. */
export function isSignedId(key: string, assigned: AssignedId, signature: string): boolean {
  const given = Buffer.from(signature, 'base64url');
  const expected = digest(key, assigned);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** No part may hold a line break: an id and a method have none, and a path in HTTP can't. */
function digest(key: string, { id, method, path }: AssignedId): Buffer {
  return createHmac('sha256', key).update(`${id}\n${method}\n${path}`).digest();
}
