import type { Side } from '#contracts/strangler/move.js';
import type { Leader } from '../fence/fence.js';
import type { CapabilityState } from '../journal/read-journal.js';
import { beginHandOver } from '../journal/write-journal.js';
import type { CapabilityParts } from '../capability/capability-parts.js';

/** Buckets between two owners that no hand-over knows of: the journal was lost. Its token may still come, or is refused. */
export async function adopt(
  { capability }: CapabilityParts,
  leader: Leader,
  { run }: CapabilityState,
  orphans: readonly { bucket: number; from: Side; token: number }[],
): Promise<void> {
  for (const from of ['monolith', 'service'] as const) {
    const buckets = orphans
      .filter((orphan) => orphan.from === from)
      .map(({ bucket, token }) => ({ bucket, expected: token - 1 }));
    const to = from === 'monolith' ? 'service' : 'monolith';
    if (buckets.length > 0)
      await beginHandOver(leader, { capability, from, to, run, buckets, state: 'granting' });
  }
}
