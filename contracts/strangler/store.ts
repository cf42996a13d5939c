/** Something that a system keeps: a table, a stream, a file, a map in memory. */
export interface Store {
  kind: 'table' | 'stream' | 'bucket' | 'file' | 'memory';
  /** As its server or its source calls it; `*` stands for a name, as in `*_outbox`. */
  name: string;
  /** What is in it, for people. */
  holds: string;
  bound: Bound;
  /** Who keeps the bound, and how. */
  kept: string;
  /** When it is there, where that is not always. */
  only?: string;
}

/** What keeps a store from growing for ever. */
export type Bound =
  /** It does not grow with time or traffic: at most so many rows, since there is one per what is named. */
  | { kind: 'rows'; rows: number; per: string }
  /** What is too old goes. */
  | { kind: 'age'; limits: readonly AgeLimit[] }
  /** A log of the broker. Milliseconds and bytes. */
  | { kind: 'log'; maxAge: number; maxBytes: number; full: 'oldest go' | 'refused' }
  /** The records of the business: they grow with it, and the shop's own rules say when they go. */
  | { kind: 'business' }
  /** Of files and memory: what the code keeps to. */
  | { kind: 'size'; limit: string };

/** How old rows may become. */
export interface AgeLimit {
  /** Which of them, for people; all where it is left out. */
  of?: string;
  days: number;
  /** The column that tells their age, in UTC; left out where another store tells it. */
  column?: string;
  /** Column of an index in whose order the oldest come first, where that is another one. */
  order?: string;
  /** Condition in SQL for those that are meant; left out where all that have a time are. */
  where?: string;
  /**
   * `removed`: rows become that old, and go; they are late if they are older. `finished`: something is done about each
   * long before, so that one of that age waits for a person.
   */
  end: 'removed' | 'finished';
}

/** A table whose rows go once they are too old. */
export function agingTable(name: string, holds: string, kept: string, ...limits: readonly AgeLimit[]): Store {
  return { kind: 'table', name, holds, bound: { kind: 'age', limits }, kept };
}

/** A table with a row for each of something that there are few of. */
export function fixedTable(name: string, holds: string, per: string, rows: number): Store {
  return { kind: 'table', name, holds, bound: { kind: 'rows', rows, per }, kept: 'does not grow' };
}

/** A table of what the business is about. */
export function businessTable(name: string, holds: string, kept = 'the shop, which removes none yet'): Store {
  return { kind: 'table', name, holds, bound: { kind: 'business' }, kept };
}
