import type { Ask } from '#platform/messaging/ask-service.js';

/** A service, which owns what this side does not. */
export interface RemoteService {
  /** Asks it over NATS. @param timeout milliseconds */
  ask: Ask;
}

/**
 * The way to one service.
 * @param ask without it the monolith works with what it owns
 * @param name as a person would call it: `inventory service`
 */
export function remoteService(ask: Ask | undefined, name: string): RemoteService {
  const cause = new Error(`NATS_URL is not set: the ${name} can not be asked`);
  return { ask: ask ?? (() => Promise.resolve({ kind: 'unreachable', cause })) };
}
