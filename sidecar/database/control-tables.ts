/** Written every 100 ms: travels with the changes, and so tells how far they are. */
export const heartbeatTable = 'strangler_heartbeat';

/** Written before and after a chunk of a backfill is read. */
export const watermarksTable = 'strangler_watermarks';

/** Up to which epoch nothing counts of what a side was given that was abandoned since. */
export const voidTable = 'strangler_void';

/** Where a replica is. Written first in every transaction of an applier: so the capture knows them, and does not send them back. */
export const appliedTable = 'strangler_applied';
