import { type Bell, createBell } from '#platform/resilience/bell.js';

/** Tells the one who publishes events that the outbox has some. */
export interface OutboxBell extends Bell {
  /** Somebody in this process reads the database's log now: it is rung for each transaction that said something. */
  isHeard(): boolean;
}

/** @param isHeard whether somebody reads the log now; by default it is a bell that nobody rings */
export function createOutboxBell(isHeard: () => boolean = () => false): OutboxBell {
  return { ...createBell(), isHeard };
}
