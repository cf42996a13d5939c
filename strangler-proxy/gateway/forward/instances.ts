import type { UpstreamStatus } from '#contracts/strangler/gateway-status.js';
import { type ConnectionLimits, type Connections, openConnections } from './connections.js';

/** One running copy of an upstream program. */
export interface Instance {
  url: string;
  from: 'configuration' | 'discovery';
  connections: Connections;
  inFlight: number;
  failuresInARow: number;
  /** No request is sent before this time while another instance will do; milliseconds as of `now`. */
  ejectedUntil: number;
}

/** The instances of one side of a capability. */
export interface Instances {
  /** The least loaded of those that are well; of the ejected ones where none is. Undefined where there is none. */
  pick(now: number): Instance | undefined;
  succeeded(instance: Instance): void;
  failed(instance: Instance, now: number): void;
  /** Replaces what discovery found; configured instances stay. */
  discovered(urls: readonly string[]): void;
  status(now: number): UpstreamStatus['instances'];
  close(): Promise<void>;
}

/** Failures in a row that eject an instance, and the first and longest time out, in milliseconds. */
const ejectAfter = 3;
const firstEjection = 1_000;
const longestEjection = 30_000;

/** Keeps the set of instances, and who of them takes the next request. */
export function createInstances(urls: readonly string[], limits: ConnectionLimits): Instances {
  let list = urls.map((url) => create(url, 'configuration'));
  let turn = 0;

  function create(url: string, from: Instance['from']): Instance {
    return {
      url,
      from,
      connections: openConnections(url, limits),
      inFlight: 0,
      failuresInARow: 0,
      ejectedUntil: 0,
    };
  }

  return {
    pick(now) {
      let best: Instance | undefined;
      turn += 1;
      for (let at = 0; at < list.length; at++) {
        // Starting elsewhere each time spreads requests over instances that are equally loaded.
        const instance = list[(turn + at) % list.length];
        if (instance && (!best || better(instance, best, now))) best = instance;
      }
      return best;
    },
    succeeded(instance) {
      instance.failuresInARow = 0;
      instance.ejectedUntil = 0;
    },
    failed(instance, now) {
      instance.failuresInARow += 1;
      const over = instance.failuresInARow - ejectAfter;
      if (over >= 0) instance.ejectedUntil = now + Math.min(firstEjection * 2 ** over, longestEjection);
    },
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
    async close() {
      await Promise.all(list.map(({ connections }) => connections.close()));
    },
  };
}

function better(one: Instance, other: Instance, now: number): boolean {
  const oneOut = one.ejectedUntil > now;
  const otherOut = other.ejectedUntil > now;
  if (oneOut !== otherOut) return otherOut;
  return oneOut ? one.ejectedUntil < other.ejectedUntil : one.inFlight < other.inFlight;
}

/** Lets what is in flight finish before the connections go. */
async function retire(instance: Instance): Promise<void> {
  while (instance.inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  await instance.connections.close();
}
