import type { UpstreamStatus } from '#contracts/strangler/gateway-status.js';
import {
  type Candidate,
  chooseInstance,
  isWell,
  noteFailure,
  noteSuccess,
} from '#platform/discovery/choose-instance.js';
import type { ConnectionLimits } from '../client/connection.js';
import { type ConnectionPool, openConnectionPool } from '../client/connection-pool.js';

/** One running copy of an upstream program. */
export interface Instance extends Candidate {
  url: string;
  from: 'configuration' | 'discovery';
  connections: ConnectionPool;
}

/** The instances of one side of a capability. */
export interface Instances {
  /**
   * The least loaded of those that are well; of the ejected ones where none is. Undefined where there is none.
   * @param avoid one that has failed this very request
   */
  pick(now: number, avoid?: Instance): Instance | undefined;
  /** Another one is there that nothing is said against. */
  hasOther(than: Instance): boolean;
  succeeded(instance: Instance): void;
  /** @param gone there is nobody at its address */
  failed(instance: Instance, now: number, gone?: boolean): void;
  /** Replaces what discovery found; configured instances stay. */
  discovered(urls: readonly string[]): void;
  status(now: number): UpstreamStatus['instances'];
  count(): { well: number; ejected: number };
  close(): void;
}

/**
 * Keeps the set of instances, and who of them takes the next request.
 * @param now monotonic milliseconds
 */
export function createInstances(
  urls: readonly string[],
  limits: ConnectionLimits,
  now: () => number,
): Instances {
  let list = urls.map((url) => create(url, 'configuration'));
  let turn = 0;

  function create(url: string, from: Instance['from']): Instance {
    return {
      url,
      from,
      connections: openConnectionPool(url, limits, now),
      inFlight: 0,
      failuresInARow: 0,
      ejectedUntil: 0,
    };
  }

  return {
    pick: (now, avoid) => chooseInstance(list, ++turn, now, avoid),
    hasOther: (than) => list.some((instance) => instance !== than && isWell(instance)),
    succeeded: noteSuccess,
    failed: (instance, now, gone = false) => noteFailure(instance, now, gone),
    discovered(found) {
      const gone = list.filter(({ from, url }) => from === 'discovery' && !found.includes(url));
      const fresh = found.filter((url) => !list.some((instance) => instance.url === url));
      if (gone.length === 0 && fresh.length === 0) return;
      list = [
        ...list.filter((instance) => !gone.includes(instance)),
        ...fresh.map((url) => create(url, 'discovery')),
      ];
      for (const instance of gone) void retire(instance);
    },
    status: (now) =>
      list.map(({ url, from, inFlight, ejectedUntil }) => ({
        url,
        from,
        inFlight,
        ejected: ejectedUntil > now,
      })),
    count() {
      const well = list.filter(isWell).length;
      return { well, ejected: list.length - well };
    },
    close() {
      for (const { connections } of list) connections.close();
    },
  };
}

/** Lets what is in flight finish before the connections go. */
async function retire(instance: Instance): Promise<void> {
  while (instance.inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  instance.connections.close();
}
