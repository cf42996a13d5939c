import { idHeader, signatureHeader, signId } from '#platform/crypto/assigned-id.js';
import { chooseId } from '#platform/ownership/derive-id.js';

/** Makes the id of what a request creates, and adds it to the headers of the request. */
export type AssignId = (request: CreatingRequest, headers: string[]) => string;

export interface CreatingRequest {
  capability: string;
  method: string;
  /** Path and query, as they are sent on. */
  target: string;
  /** The client's: a retry with the same one is given the same id, and so the same owner. */
  idempotencyKey: string | undefined;
}

/** @param signingKey shared with the programs, which believe no id without it */
export function assignIdsBy(signingKey: string): AssignId {
  return ({ capability, method, target, idempotencyKey }, headers) => {
    const id = chooseId(capability, idempotencyKey);
    const path = target.split('?', 1)[0] ?? '';
    headers.push(idHeader, id, signatureHeader, signId(signingKey, { id, method, path }));
    return id;
  };
}
