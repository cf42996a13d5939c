import { createDeadlines, type Deadlines } from './deadlines.js';

/** What an endpoint's configuration says, in milliseconds. */
export interface ConfiguredTimeouts {
  answer?: number | undefined;
  idle?: number | undefined;
  request?: number | undefined;
}

/** What bounds the requests of one endpoint; where it is undefined, the lane of each attempt says. */
export interface RequestTimeouts {
  /** The section of the configuration that says so, for the log. */
  section: string;
  /** From the end of the request to the head of its answer. */
  answer: Deadlines | undefined;
  /** Milliseconds between two pieces of its answer. */
  idle: number | undefined;
  /** From the head of the request to the end of its answer, whatever happens in between; undefined for no limit. */
  request: Deadlines | undefined;
}

export interface OpenTimeouts {
  /** @param index of the endpoint */
  of(index: number): RequestTimeouts;
  close(): void;
}

/**
 * The time-outs of all endpoints. Those of equal length share one queue.
 * @param endpoints in their order; the last one stands for all that no endpoint matches
 * @param now monotonic milliseconds
 */
export function openRequestTimeouts(
  endpoints: readonly { timeouts: ConfiguredTimeouts }[],
  now: () => number,
): OpenTimeouts {
  const byDuration = new Map<number, Deadlines>();
  const deadlines = (duration: number | undefined) => {
    if (duration === undefined) return undefined;
    const known = byDuration.get(duration) ?? createDeadlines(duration, now);
    byDuration.set(duration, known);
    return known;
  };
  const all = endpoints.map(({ timeouts: { answer, idle, request } }, index): RequestTimeouts => ({
    section: index === endpoints.length - 1 ? 'unmapped.timeouts' : 'endpoints.timeouts',
    answer: deadlines(answer),
    idle,
    request: deadlines(request),
  }));
  return {
    of(index) {
      const timeouts = all[index];
      if (!timeouts) throw new Error(`there is no endpoint ${index}`);
      return timeouts;
    },
    close() {
      for (const queue of byDuration.values()) queue.close();
    },
  };
}
