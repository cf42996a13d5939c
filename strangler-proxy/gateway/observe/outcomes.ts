import { clientGone } from '../forward/what-failures-say.js';

/** How often each status was the outcome. */
export type StatusCounts = ReadonlyMap<number, number>;

/** What becomes of connections that are no exchange of a request and an answer. */
export interface Outcomes {
  /** A WebSocket is over. @param status 101 where it was open; 499 where its client left before that */
  upgraded(status: number): void;
  /** What a client sent is no request, or none that could be passed on. */
  unreadable(status: number): void;
  upgrades(): StatusCounts;
  unreadables(): StatusCounts;
}

export function countOutcomes(): Outcomes {
  const upgrades = new Map<number, number>([101, 502, clientGone].map((status) => [status, 0]));
  const unreadables = new Map<number, number>([400, 408, 431].map((status) => [status, 0]));
  const add = (counts: Map<number, number>, status: number) =>
    void counts.set(status, (counts.get(status) ?? 0) + 1);
  return {
    upgraded: (status) => add(upgrades, status),
    unreadable: (status) => add(unreadables, status),
    upgrades: () => upgrades,
    unreadables: () => unreadables,
  };
}
