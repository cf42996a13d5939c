import type { NatsConnection } from 'nats';

/** What a program says of itself to those who look for it. */
export interface Registration {
  /** What instances of the same program share: `inventory`, `gateway`. Letters, digits, `-` and `_`. */
  name: string;
  /** Semantic version of the program. */
  version: string;
  description?: string;
  /** Base addresses and the like: `{url}` where clients connect, `{adminUrl}` for operators. */
  metadata: Record<string, string>;
}

/** A program that can be found. */
export interface Registered {
  /** Unique to this registration. */
  id: string;
  /** From then on it isn't found any more. */
  withdraw(): Promise<void>;
}

/**
 * Makes a program findable by the NATS services protocol (`nats service ls` shows it). Lasts until it is withdrawn or
 * the connection is closed for good; a broker that was away in between finds it again.
 */
export async function register(nats: NatsConnection, registration: Registration): Promise<Registered> {
  const service = await nats.services.add({ description: '', ...registration });
  return {
    id: service.info().id,
    withdraw: async () => {
      await service.stop();
    },
  };
}
