/**
 * The clock of the journal's database, as this process knows it. Every time in the journal is of that clock, and every
 * deadline is judged by it: leaders follow each other, and their own clocks may be minutes apart.
 */
export interface JournalClock {
  now(): Date;
  /** The database has just said what time it is. */
  heard(now: Date): void;
}

/** @param now as the database has just said */
export function journalClock(now: Date): JournalClock {
  // Between two answers our own steady clock goes on from there: nobody sets it.
  let offset = now.getTime() - performance.now();
  return {
    now: () => new Date(offset + performance.now()),
    heard(at) {
      offset = at.getTime() - performance.now();
    },
  };
}
