import { type Connection, exactOptions } from '../connect-mysql.js';

/**
 * Longest that the service's side takes tokens without having heard from the monolith's, in milliseconds. Before the
 * monolith's side takes back what it had handed over to a side that is lost, it says so for longer than that.
 */
const heardWithin = 10_000;

/** Knows when this side has last heard what the other one says of its owners. */
export interface Hearing {
  /** It has said everything, and what follows from it was done here. */
  heard(): void;
  /** The broker is away: what is said from now on is not heard. */
  lost(): void;
  end(): void;
}

/** The other side may have abandoned this one meanwhile, so that a token of before counts no more. It is tried again. */
class NotHeardLately extends Error {
  /** As an error of the connection: the applier begins again on another one. */
  readonly fatal = true;

  constructor(capability: string) {
    super(`buckets of ${capability} are taken once the monolith's sidecar has been heard from`);
    this.name = 'NotHeardLately';
  }
}

/**
 * By database and capability: who applies and who listens share nothing else than the process that they run in. An applier
 * beside which nobody listens has nobody who could abandon it.
 */
const hearings = new Map<string, () => boolean>();

/** Begins to keep tokens from being taken in this database until the other side was heard. */
export function keepHearing(url: string, capability: string): Hearing {
  const { host, port, database } = exactOptions(url);
  const key = keyOf({ host, port, database }, capability);
  let last: { steady: number; wall: number } | undefined;
  const lately = (): boolean => {
    if (!last) return false;
    // A process, or its whole machine, may have been stopped: one of the two clocks went on.
    const passed = Math.max(performance.now() - last.steady, Date.now() - last.wall);
    return passed < heardWithin;
  };
  hearings.set(key, lately);
  return {
    heard: () => (last = { steady: performance.now(), wall: Date.now() }),
    lost: () => (last = undefined),
    end: () => {
      if (hearings.get(key) === lately) hearings.delete(key);
    },
  };
}

/** @throws NotHeardLately */
export function requireHeard({ config }: Connection, capability: string): void {
  if (hearings.get(keyOf(config, capability))?.() === false) throw new NotHeardLately(capability);
}

function keyOf(
  { host, port, database }: { [Part in 'host' | 'port' | 'database']?: string | number | undefined },
  capability: string,
): string {
  return `${host}:${port}/${database} ${capability}`;
}
