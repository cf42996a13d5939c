import { bucketCount } from '#contracts/strangler/ownership.js';
import { bucketHeader, epochHeader } from '#platform/ownership/not-owner-headers.js';
import type { NotOwner } from '../parking/placed-write.js';

/**
 * What a 421 says of the owner, from its headers' names and values in turn; undefined where it isn't one of a program
 * that guards what it owns.
 */
export function readRefusal(rawHeaders: readonly Buffer[]): NotOwner | undefined {
  const bucket = wholeNumber(headerOf(rawHeaders, bucketHeader));
  const epoch = wholeNumber(headerOf(rawHeaders, epochHeader));
  if (bucket === undefined || epoch === undefined || bucket < 1 || bucket > bucketCount) return undefined;
  return { bucket, epoch };
}

/** Whether an answer is a first one's repetition, of which any side may keep a copy. */
export function isReplayed(rawHeaders: readonly Buffer[]): boolean {
  return headerOf(rawHeaders, 'idempotency-replayed') !== undefined;
}

function headerOf(rawHeaders: readonly Buffer[], name: string): string | undefined {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.length === name.length && rawHeaders[at]?.toString('latin1').toLowerCase() === name)
      return rawHeaders[at + 1]?.toString('latin1');
  }
  return undefined;
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
