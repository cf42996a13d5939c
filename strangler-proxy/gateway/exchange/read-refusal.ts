import { bucketCount } from '#contracts/strangler/ownership.js';
import { bucketHeader, epochHeader } from '#platform/ownership/not-owner-headers.js';
import type { NotOwner } from '../parking/placed-write.js';
import type { Endpoint } from '../routing/endpoint.js';

/**
 * What a 421 says of the owner, from its headers' names and values in turn; undefined where it isn't one of a program
 * that guards what it owns.
 */
export function readRefusal(headers: readonly string[]): NotOwner | undefined {
  const bucket = wholeNumber(headerOf(headers, bucketHeader));
  const epoch = wholeNumber(headerOf(headers, epochHeader));
  if (bucket === undefined || epoch === undefined || bucket < 1 || bucket > bucketCount) return undefined;
  return { bucket, epoch };
}

/** Only the owner of the request's key can have answered so. */
export function showsOwner(
  status: number,
  headers: readonly string[],
  { keyInAnswer }: Pick<Endpoint, 'keyInAnswer'>,
): boolean {
  return status >= 200 && status < 300 && !keyInAnswer && !isReplayed(headers);
}

/** Whether an answer is a first one's repetition, of which any side may keep a copy. */
function isReplayed(headers: readonly string[]): boolean {
  return headerOf(headers, 'idempotency-replayed') !== undefined;
}

function headerOf(headers: readonly string[], wanted: string): string | undefined {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? '';
    if (name.length === wanted.length && name.toLowerCase() === wanted) return headers[at + 1];
  }
  return undefined;
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
