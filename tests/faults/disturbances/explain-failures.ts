import type { Attempt, Operation } from '../history/operation.js';
import type { Disturbance } from './disturbance.js';

/** Attempts that failed, by what explains them. */
export interface Failures {
  /** Under way in a process at the moment when that process was killed, or while it was paused. */
  inFlight: number;
  /** Refused, or not accepted, while a process was away that they needed: by process and what the client saw. */
  whileAway: Record<string, number>;
  /** Nothing that was done explains these: there must be none. */
  unexplained: string[];
}

/** Milliseconds after a process is ready again in which others may still notice that it was away. */
const aftermath = 3_000;

/** Processes without which a request can't be answered; orders also need the broker, for products on the other side. */
const needed = ['gateway', 'monolith', 'inventory', 'mysql'];

/** Tells failed requests that were in flight in a killed process from those that should never have failed. */
export function explainFailures(
  operations: readonly Operation[],
  disturbances: readonly Disturbance[],
): Failures {
  const failures: Failures = { inFlight: 0, whileAway: {}, unexplained: [] };
  for (const operation of operations) {
    const { kind } = operation.command;
    const felt = disturbances.filter(
      ({ process }) =>
        needed.includes(process) || ((kind === 'order' || kind === 'cancel') && process === 'nats'),
    );
    for (const attempt of failedAttempts(operation)) {
      if (felt.some((one) => attempt.startedAt <= one.struck && one.from <= attempt.endedAt))
        failures.inFlight += 1;
      else if (!countAway(failures, felt, attempt)) failures.unexplained.push(describe(operation, attempt));
    }
  }
  return failures;
}

function countAway({ whileAway }: Failures, felt: readonly Disturbance[], attempt: Attempt): boolean {
  const away = felt.find((one) => attempt.endedAt >= one.from && attempt.startedAt <= one.until + aftermath);
  if (!away) return false;
  const seen = `${away.process}: ${attempt.status ?? 'no answer'} ${attempt.problem ?? ''}`;
  whileAway[seen] = (whileAway[seen] ?? 0) + 1;
  return true;
}

/**
 * `request_in_progress` is what a retry is told whose first attempt still runs: not a failure. Nor is what ended the
 * operation, whatever its status: an order that is rejected since its card got no answer is one that was answered.
 */
function failedAttempts({ attempts, answer }: Operation): Attempt[] {
  const tries = answer ? attempts.slice(0, -1) : attempts;
  return tries.filter(({ status }) => status === undefined || status >= 500);
}

function describe(
  { key, command }: Operation,
  { startedAt, endedAt, status, problem, servedBy }: Attempt,
): string {
  const took = Math.round(endedAt - startedAt);
  return `${command.kind} ${key} at ${Math.round(startedAt)}: ${status ?? 'no answer'} ${problem ?? ''} after ${took} ms by ${servedBy ?? 'nobody'}`;
}
