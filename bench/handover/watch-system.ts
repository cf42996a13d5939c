import { appliedUpToSchema, appliedUpToSubject } from '#contracts/strangler/applied-up-to.js';
import { otherSide, type Side } from '#contracts/strangler/move.js';
import type { OwnersSaid } from '#contracts/strangler/ownership.js';
import { connectNatsOnce } from '#platform/messaging/connect-nats.js';
import { listenJson } from '#platform/messaging/exchange-json.js';
import { listenToOwners } from '#platform/ownership/listen-to-owners.js';

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
  /** When a bucket's release, and its grant, was first heard of: rows are said again every second. */
  const released = new Map<string, number>();
  const granted = new Map<string, number>();
  const ignore = (): void => undefined;
  const hear = ({ side, rows }: OwnersSaid): void => {
    const at = now();
    for (const { bucket, state, epoch } of rows) {
      const token = `${bucket} ${epoch}`;
      const heard = state === 'released' ? released : granted;
      if (heard.has(token)) continue;
      heard.set(token, at);
      const [releasedAt, grantedAt] = [released.get(token), granted.get(token)];
      if (releasedAt === undefined || grantedAt === undefined) continue;
      const to = state === 'owned' ? side : otherSide(side);
      // The sides say it independently: the grant may be heard of before the release.
      passages.push({ bucket, to, releasedAt: Math.min(releasedAt, grantedAt), grantedAt });
    }
  };
  for (const side of ['monolith', 'service'] as const) {
    listenToOwners(nats, { capability, side }, hear, ignore);
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
