import type { VetoableRow } from '#contracts/strangler/ownership.js';
import { type Connection, exactOptions } from '../database/connect-mysql.js';

/**
 * Longest that the service's side takes tokens without having heard from the monolith's, in milliseconds. Before the
 * monolith's side takes back what it had handed over to a side that is lost, it says so for longer than that.
 */
const heardWithin = 10_000;

/** Knows when this side has last heard what the other one says of its owners. */
export interface Hearing {
  /** It has said everything, and what follows from it was done here. @param voidUpTo what is void by that */
  heard(voidUpTo: number): void;
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

/** What was heard to be void is still owned, or could be: the database was put back to an earlier state since. */
class NotLetGo extends NotHeardLately {
  constructor(capability: string, voidUpTo: number) {
    super(capability);
    this.message = `buckets of ${capability} are taken once this database has let go of everything up to epoch ${voidUpTo}`;
    this.name = 'NotLetGo';
  }
}

/** Whether a row has let go of what is void: nothing that it was given up to that epoch counts. */
export function hasLetGo({ epoch, vetoed }: Omit<VetoableRow, 'bucket'>, voidUpTo: number): boolean {
  return epoch > voidUpTo || vetoed >= voidUpTo;
}

/**
 * What is void by what was heard lately, by database and capability: who applies and who listens share nothing else than the process that they run in. An applier
 * beside which nobody listens has nobody who could abandon it.
 */
const hearings = new Map<string, () => number | undefined>();

/** Begins to keep tokens from being taken in this database until the other side was heard. */
export function keepHearing(url: string, capability: string): Hearing {
  const { host, port, database } = exactOptions(url);
  const key = keyOf({ host, port, database }, capability);
  let last: { steady: number; wall: number; voidUpTo: number } | undefined;
  const lately = (): number | undefined => {
    if (!last) return undefined;
    // A process, or its whole machine, may have been stopped: one of the two clocks went on.
    const passed = Math.max(performance.now() - last.steady, Date.now() - last.wall);
    return passed < heardWithin ? last.voidUpTo : undefined;
  };
  hearings.set(key, lately);
  return {
    heard: (voidUpTo) => (last = { steady: performance.now(), wall: Date.now(), voidUpTo }),
    lost: () => (last = undefined),
    end: () => {
      if (hearings.get(key) === lately) hearings.delete(key);
    },
  };
}

/**
 * Checks that this side may take tokens. A database that was put back to an earlier state may own again what it let go of,
 * under a sidecar that has gone on: so its rows are asked, too.
 * @param rows of the tokens' buckets, locked
 * @throws NotHeardLately, NotLetGo
 */
export function requireHeard(
  { config }: Connection,
  capability: string,
  rows: readonly Omit<VetoableRow, 'bucket'>[],
): void {
  const lately = hearings.get(keyOf(config, capability));
  if (!lately) return;
  const voidUpTo = lately();
  if (voidUpTo === undefined) throw new NotHeardLately(capability);
  if (!rows.every((row) => hasLetGo(row, voidUpTo))) throw new NotLetGo(capability, voidUpTo);
}

function keyOf(
  { host, port, database }: { [Part in 'host' | 'port' | 'database']?: string | number | undefined },
  capability: string,
): string {
  return `${host}:${port}/${database} ${capability}`;
}
