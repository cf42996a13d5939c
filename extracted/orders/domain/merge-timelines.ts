import type { TimelineEntry } from '#contracts/shop/orders.js';

/**
 * One timeline of what an order's own side has noted and of what it has heard from others, oldest first. What both have
 * is told once: the monolith notes for itself what becomes of messages.
 */
export function mergeTimelines(
  own: readonly TimelineEntry[],
  heard: readonly TimelineEntry[],
): TimelineEntry[] {
  const noted = new Set(own.map(said));
  const further = heard.filter((entry) => !noted.has(said(entry)));
  // Sorting keeps the order of what happened in the same millisecond.
  return [...own, ...further].sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
}

function said({ type, detail }: TimelineEntry): string {
  return `${type} ${detail}`;
}
