import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { guarded } from '#platform/telemetry/guarded.js';

/** Makes sure that this gateway has heard what others have said, and that the server has what it has said itself. */
export interface Hearing {
  /**
   * Calls back with true once all has been heard that reached the server before now; with false where that can't be
   * made sure of in time.
   */
  whenHeard(callback: (heard: boolean) => void): void;
  connected(nats: NatsConnection): void;
  cutOff(): void;
}

/**
 * Asks the server for a sign of life: its answer comes behind all messages that it had for us by then. One question
 * is under way at a time; those who come meanwhile share the next one, so that its price is divided under load. Once the
 * server has not answered in time, nobody waits for it again before it does.
 * @param limit longest that a read, or the answer to a write, waits for it, in milliseconds
 */
export function createHearing(limit: number): Hearing {
  let nats: NatsConnection | undefined;
  let waiting: ((heard: boolean) => void)[] = [];
  let asking = false;
  let deaf = false;

  function ask(connection: NatsConnection): void {
    const served = waiting;
    waiting = [];
    asking = true;
    let settled = false;
    const settle = (heard: boolean) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      asking = false;
      if (deaf) served.push(...waiting.splice(0));
      if (waiting.length > 0 && nats) ask(nats);
      for (const callback of served) guarded('a request that waited', callback)(heard);
    };
    const timer = setTimeout(
      guarded('a wait for announcements', () => {
        deaf = true;
        settle(false);
      }),
      limit,
    );
    connection.flush().then(
      () => {
        deaf = false;
        settle(nats === connection);
      },
      () => settle(false),
    );
  }

  return {
    whenHeard(callback) {
      if (!nats || deaf) return callback(false);
      waiting.push(callback);
      if (!asking) ask(nats);
    },
    connected(connection) {
      nats = connection;
      deaf = false;
    },
    cutOff() {
      nats = undefined;
      const left = waiting;
      waiting = [];
      for (const callback of left) guarded('a request that waited', callback)(false);
    },
  };
}
