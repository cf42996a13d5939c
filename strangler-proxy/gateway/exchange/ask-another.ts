import type { Failure, OutgoingRequest } from '../forward/forward.js';
import type { Lane } from '../forward/lane.js';
import type { Endpoint } from '../routing/endpoint.js';

/** It changes nothing, however often it is sent. */
function onlyReads({ method, body }: OutgoingRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && body === null;
}

/** Its endpoint reads, and the whole request is at hand to be sent elsewhere. */
export function isRead({ endpoint, outgoing }: { endpoint: Endpoint; outgoing: OutgoingRequest }): boolean {
  return endpoint.kind === 'read' && outgoing.body === null;
}

/** Bytes of a body that is at hand to be sent again; undefined where it is not. */
export function bytesKept({ body }: OutgoingRequest): number | undefined {
  if (body === null) return 0;
  return Buffer.isBuffer(body) ? body.length : undefined;
}

/** What only reads, or has a key, may be sent twice. */
export function mayRepeat(request: {
  outgoing: OutgoingRequest;
  header(name: string): string | undefined;
}): boolean {
  return onlyReads(request.outgoing) || request.header('idempotency-key') !== undefined;
}

/** A kept-alive connection may be closed by the upstream just as we use it: what only reads is asked again, once. */
export function mayRetry({ kind }: Failure, outgoing: OutgoingRequest, lane: Lane | undefined): boolean {
  return kind === 'broken' && onlyReads(outgoing) && lane?.repeats.take() === true;
}

/** Most instances that are asked after the first. */
const mostOthers = 2;

/**
 * Several instances serve a side: what one has never got goes to another, and so does what may be carried out twice.
 * Where it may have been carried out, it is load that was not asked for: the lane's budget bounds that.
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
  if (kind === 'refused' || kind === 'invalid' || kind === 'unfit') return false;
  if (sent && !repeatable && !onlyReads(outgoing)) return false;
  if (body !== null && !Buffer.isBuffer(body)) return false;
  // Whoever was late has used up the client's patience already.
  if (asked >= (kind === 'late' ? 1 : mostOthers)) return false;
  if (lastTried === undefined || !lane?.instances.hasOther(lastTried)) return false;
  return !sent || lane.repeats.take();
}
