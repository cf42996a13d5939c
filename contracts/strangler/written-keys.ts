import { z } from 'zod';

/** One write of one gateway, and what is known of it. */
const writeNoticeSchema = z.object({
  /** Unique within its gateway. */
  write: z.string(),
  /** The capability's keys that the write touches; `all` where they can't be told. */
  keys: z.union([z.literal('all'), z.array(z.string())]),
  /**
   * `intended`: about to be sent; `answered`: its outcome is certain and older than `at`;
   * `unknown`: nobody knows whether it happened or still will; `withdrawn`: it was never sent.
   */
  state: z.enum(['intended', 'answered', 'unknown', 'withdrawn']),
  /** Milliseconds since 1970 by the sending gateway's clock. */
  at: z.number(),
  /**
   * The side that has taken the write, and so owned its keys, in this epoch or a later one; left out where the gateway
   * can't tell. Who hears of the write knows by it where the key must be read, even if the news of its owner is late.
   */
  takenBy: z.object({ side: z.enum(['monolith', 'service']), epoch: z.int().min(0) }).optional(),
});

export type WriteNotice = z.infer<typeof writeNoticeSchema>;

/**
 * What gateways tell each other about writes, on core NATS under `writtenKeysSubject(capability)`, so that no
 * gateway reads a key from a replica that has not got it yet. Each gateway numbers its messages per capability; a
 * receiver that misses one treats every key as just written.
 */
export const writtenKeysSchema = z.object({
  capability: z.string(),
  gateway: z.string(),
  /** 1, 2, 3, ... per gateway and capability. */
  sequence: z.int(),
  /** Empty in the beats that only show that nothing was missed; beats repeat what is still open. */
  writes: z.array(writeNoticeSchema),
});

export type WrittenKeys = z.infer<typeof writtenKeysSchema>;

/** Subject of a capability's announcements. */
export function writtenKeysSubject(capability: string): string {
  return `strangler.written.${capability}`;
}
