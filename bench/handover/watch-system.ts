import { appliedUpToSchema, appliedUpToSubject } from '#contracts/strangler/applied-up-to.js';
import type { Side } from '#contracts/strangler/move.js';
import { ownersSaidSchema, ownersSubject } from '#contracts/strangler/ownership.js';
import { connectNatsOnce } from '#platform/messaging/connect-nats.js';
import { listenJson } from '#platform/messaging/exchange-json.js';

/** A bucket between two owners: milliseconds of one steady clock. */
export interface Passage {
  bucket: number;
  to: Side;
  releasedAt: number;
  grantedAt: number;
}

/** What a bench hears of a system while it runs. */
export interface SystemWatch {
  /** Buckets that have changed hands, as the sidecars said. */
  passages: readonly Passage[];
  /** Milliseconds from a heartbeat of one side to its being applied on the other. */
  lags: readonly number[];
  close(): Promise<void>;
}

/** Listens to announcements of owners and of progress. @param now steady clock, in milliseconds */
export async function watchSystem(
  natsUrl: string,
  capability: string,
  now: () => number,
): Promise<SystemWatch> {
  const nats = await connectNatsOnce('bench', natsUrl);
  const passages: Passage[] = [];
  const lags: number[] = [];
  const released = new Map<string, number>();
  /** Rows are said again every second, long after they have changed. */
  const granted = new Set<string>();
  const ignore = (): void => undefined;
  listenJson(
    nats,
    ownersSubject(capability),
    ownersSaidSchema,
    ({ side, rows }) => {
      const at = now();
      for (const { bucket, state, epoch } of rows) {
        const token = `${bucket} ${epoch}`;
        if (granted.has(token)) continue;
        if (state === 'released' && !released.has(token)) released.set(token, at);
        const releasedAt = released.get(token);
        if (state === 'owned' && releasedAt !== undefined) {
          granted.add(token);
          passages.push({ bucket, to: side, releasedAt, grantedAt: at });
        }
      }
    },
    ignore,
  );
  for (const side of ['monolith', 'service'] as const) {
    listenJson(
      nats,
      appliedUpToSubject(capability, side),
      appliedUpToSchema,
      ({ writtenAt, appliedAt }) => void lags.push(appliedAt - writtenAt),
      ignore,
    );
  }
  return { passages, lags, close: () => nats.close() };
}
