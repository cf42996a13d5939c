import { setTimeout as sleep } from 'node:timers/promises';
import { appliedUpToSchema, appliedUpToSubject } from '#contracts/strangler/applied-up-to.js';
import { listenJson } from '#platform/messaging/exchange-json.js';
import type { Asker } from './ask-side.js';

/** Lag above which verification waits, in milliseconds: it must not be what keeps a replica from catching up. */
const mostLag = 1_000;
/** Longest wait for it, in milliseconds: a replica that lags for other reasons must not keep verification from its end. */
const patience = 5_000;

/** Hears how far both replicas are. */
export function watchLag({ nats, capability }: Asker): { untilCaughtUp(): Promise<void>; stop(): void } {
  const lags = new Map<string, number>();
  const stops = (['monolith', 'service'] as const).map((side) =>
    listenJson(
      nats,
      appliedUpToSubject(capability, side),
      appliedUpToSchema,
      ({ writtenAt, appliedAt }) => void lags.set(side, appliedAt - writtenAt),
      () => undefined,
    ),
  );
  return {
    async untilCaughtUp() {
      const deadline = Date.now() + patience;
      while (Math.max(0, ...lags.values()) > mostLag && Date.now() < deadline) await sleep(50);
    },
    stop() {
      for (const stop of stops) stop();
    },
  };
}
