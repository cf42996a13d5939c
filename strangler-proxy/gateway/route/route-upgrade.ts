import type { Side } from '#contracts/strangler/move.js';
import type { RequestView } from './decide.js';
import { keyInPath } from '../routing/key-source.js';
import type { ReadRoutes, ReadToRoute } from './route-read.js';
import type { Endpoint } from '../routing/endpoint.js';
import type { Match } from '../routing/endpoint-tree.js';

/** A request for a WebSocket. */
export interface Handshake extends Pick<RequestView, 'header' | 'remoteAddress'> {
  /** Its path, with the query. */
  target: string;
}

/** Where a WebSocket goes. */
export interface UpgradeTarget {
  /** Base address of an instance. */
  url: string;
  /** Longest wait for its answer to the handshake, in milliseconds; 0 for none. */
  answerTime: number;
  /** Milliseconds between two pieces of an answer that is no WebSocket. */
  idleTime: number;
  /** Where the configuration sets the two. */
  settings: { answer: string; idle: string };
}

/**
 * Finds out where a handshake goes.
 * @param decided called once, with undefined where no instance is known, or no side can take it
 * @returns ends it where the client is gone before that
 */
export type RouteUpgrade = (
  handshake: Handshake,
  decided: (target: UpgradeTarget | undefined) => void,
) => () => void;

export interface RouteUpgradeOptions {
  match: (method: string, target: string) => Match | undefined;
  everythingElse: Endpoint;
  reads: Pick<ReadRoutes, 'route'>;
  targetOf: (endpoint: Endpoint, side: Side) => UpgradeTarget | undefined;
}

/**
 * Routes each handshake as the read that it is: by its endpoint's flag, to a side that has what it asks for. One that is open stays
 * where it is, whatever becomes of the flag.
 */
export function routeUpgrades({ match, everythingElse, reads, targetOf }: RouteUpgradeOptions): RouteUpgrade {
  return ({ target, header, remoteAddress }, decided) => {
    const { endpoint, values } = match('GET', target) ?? { endpoint: everythingElse, values: [] };
    const { keyParameter } = endpoint;
    const read: ReadToRoute = {
      ...{ endpoint, header, remoteAddress, heldBack: undefined, stopWaiting: undefined },
      key: keyParameter === -1 ? undefined : keyInPath(values[keyParameter] ?? ''),
      send: (side) => decided(targetOf(endpoint, side)),
      refuse: () => decided(undefined),
    };
    reads.route(read);
    return () => read.stopWaiting?.();
  };
}
