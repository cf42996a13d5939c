import { setTimeout as sleep } from 'node:timers/promises';
import { Events, type NatsConnection } from 'nats';

/** Knows whether the broker is there. */
export interface ConnectionWatch {
  /** Resolves at once while connected, else when the broker is back, or after `bound` milliseconds. */
  untilConnected(bound: number): Promise<void>;
  /** Calls the listener each time the connection is lost. @returns a function that ends it */
  onDisconnect(listener: () => void): () => void;
  /** How often it was lost so far: what was acknowledged while this grew may not have been kept. */
  losses(): number;
}

const lookEvery = 20;

/** @param nats a connection that is up */
export function watchConnection(nats: NatsConnection): ConnectionWatch {
  const listeners = new Set<() => void>();
  let connected = true;
  let losses = 0;

  async function watch(): Promise<void> {
    for await (const { type } of nats.status()) {
      if (type === Events.Reconnect) connected = true;
      if (type !== Events.Disconnect) continue;
      connected = false;
      losses += 1;
      for (const listener of [...listeners]) listener();
    }
  }
  void watch();

  return {
    async untilConnected(bound) {
      const deadline = Date.now() + bound;
      while (!connected && Date.now() < deadline) await sleep(lookEvery);
    },
    onDisconnect(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    losses: () => losses,
  };
}
