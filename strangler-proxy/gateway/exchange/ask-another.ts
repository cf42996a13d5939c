import type { Failure, OutgoingRequest } from '../forward/forward.js';
import type { Lane } from '../forward/lane.js';
import type { Endpoint } from '../routing/endpoint.js';

/** It changes nothing, however often it is sent. */
export function onlyReads({ method, body }: OutgoingRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && body === null;
}

/** Its endpoint reads, and the whole request is at hand to be sent elsewhere. */
export function isRead({ endpoint, outgoing }: { endpoint: Endpoint; outgoing: OutgoingRequest }): boolean {
  return endpoint.kind === 'read' && outgoing.body === null;
}

/** Most instances that are asked after the first. */
const mostOthers = 2;

/**
 * Several instances serve a side: what one has never got goes to another, and so does what may be carried out twice.
 * @param asked how many have been asked after the first
 * @param repeatable it is a write with a key
 */
export function mayAskAnother(
  { kind, sent }: Failure,
  outgoing: OutgoingRequest,
  lane: Lane | undefined,
  asked: number,
  repeatable: boolean,
): boolean {
  const { body, lastTried } = outgoing;
  if (kind === 'refused' || kind === 'invalid') return false;
  if (sent && !repeatable && !onlyReads(outgoing)) return false;
  if (body !== null && !Buffer.isBuffer(body)) return false;
  // Whoever was late has used up the client's patience already.
  if (asked >= (kind === 'late' ? 1 : mostOthers)) return false;
  return lastTried !== undefined && lane?.instances.hasOther(lastTried) === true;
}
