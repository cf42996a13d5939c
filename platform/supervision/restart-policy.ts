/** Milliseconds a process must have been up for its earlier deaths to be forgotten. */
const provenAfter = 30_000;
const shortestDelay = 200;
const longestDelay = 10_000;

/** Deaths in a row after which the console shows the process's last log lines and, at start, gives up. */
export const failuresBeforeAlarm = 4;

export interface RestartDecision {
  /** Milliseconds to wait before the next start. */
  delay: number;
  /** Deaths in a row, this one included. */
  failures: number;
}

/**
 * When to start a process again that has just died: at once after a long life, else later with each death in a row.
 * @param failures deaths in a row before this one
 * @param lived milliseconds from its start to its death
 */
export function decideRestart(failures: number, lived: number): RestartDecision {
  const counted = lived >= provenAfter ? 1 : failures + 1;
  return { failures: counted, delay: Math.min(shortestDelay * 2 ** (counted - 1), longestDelay) };
}
