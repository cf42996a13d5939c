import { Counter, type Registry } from 'prom-client';
import { messageOf } from './message-of.js';

/** Told of an error in work that nobody waits for: a timer's, a listener's, a callback's. */
type Report = (where: string, error: unknown) => void;

const counts = new Map<string, number>();
let report: Report = (where, error) => process.emitWarning(`${where}: ${messageOf(error)}`);

/** Where this process reports such errors from now on. */
export function reportCaughtTo(next: Report): void {
  report = next;
}

/** How many there were since the start, by where they were caught. */
export function caughtErrors(): ReadonlyMap<string, number> {
  return counts;
}

/** Shows them as `strangler_caught_errors_total`. */
export function measureCaught(registry: Registry): void {
  new Counter({
    name: 'strangler_caught_errors_total',
    help: 'Errors of timers and listeners, each of which ended one piece of work and nothing else',
    labelNames: ['where'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const [where, count] of counts) this.inc({ where }, count);
    },
  });
}

/** Reports and counts an error of work that nobody waits for. */
export function noteCaught(where: string, error: unknown): void {
  counts.set(where, (counts.get(where) ?? 0) + 1);
  report(where, error);
}

/**
 * The same work, for timers and listeners: an exception would end the process there, and with it all that it does for others.
 * It is reported and counted, and ends this one call.
 * @param where what fails then, as the log and the metric name it: `announcing writes`
 */
export function guarded<Arguments extends unknown[]>(
  where: string,
  work: (...given: Arguments) => unknown,
): (...given: Arguments) => void {
  return (...given) => {
    try {
      const result = work(...given);
      if (result instanceof Promise) result.catch((error: unknown) => noteCaught(where, error));
    } catch (error) {
      noteCaught(where, error);
    }
  };
}
