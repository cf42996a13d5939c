import { changeStream } from '#contracts/strangler/change-message.js';
import { deadLetterStream } from '#contracts/strangler/dead-letter.js';
import { eventStream } from '#contracts/strangler/domain-event.js';
import {
  changeLimits,
  deadLetterLimits,
  eventLimits,
  leaseBucket,
  leaseBucketBytes,
  type LogLimits,
} from '#contracts/strangler/retention.js';
import type { Store } from '#contracts/strangler/store.js';

/** What the broker keeps: streams, and buckets of keys and values. */
export const logStores: readonly Store[] = [
  stream(
    changeStream('*', '*' as 'monolith'),
    'changes of one capability that leave one side',
    changeLimits,
    'the broker drops the oldest; an applier that misses some has them sent again',
  ),
  stream(
    eventStream,
    'events of all capabilities',
    eventLimits,
    'the broker drops the oldest; a consumer that had not seen them says so by its name, and a projection is built anew',
  ),
  stream(
    deadLetterStream,
    'events that a consumer could not handle',
    deadLetterLimits,
    'a person replays them; the broker drops the oldest by age, and refuses more than there is room for: the consumer then stands still',
  ),
  {
    kind: 'bucket',
    name: leaseBucket,
    holds: 'which control plane leads',
    bound: { kind: 'log', maxAge: 60_000, maxBytes: leaseBucketBytes, full: 'refused' },
    kept: 'the broker drops a lease that is not renewed (`CONTROL_LEASE`)',
  },
];

function stream(name: string, holds: string, { maxAge, maxBytes, full }: LogLimits, kept: string): Store {
  return { kind: 'stream', name, holds, bound: { kind: 'log', maxAge, maxBytes, full }, kept };
}
