import CircuitBreaker from 'opossum';
import { guarded } from '#platform/telemetry/guarded.js';

/**
 * How a request came through: as usual; as the one that tries whether an open breaker may close, while others are refused; or as
 * one that may take as long as its client likes, and keeps nobody else from trying.
 */
export type Admission = 'regular' | 'probe' | 'slow';

/** `abandoned`: ended by the client, so that it says nothing about the upstream. */
export type Outcome = 'succeeded' | 'failed' | 'abandoned';

/** Keeps requests away from an upstream that fails, and lets one through now and then to see whether it is well again. */
export interface Breaker {
  readonly state: 'closed' | 'open' | 'half-open';
  /**
   * Undefined where the request must not be sent; what was admitted must be settled once, as soon as something is known: a
   * probe at the head of its answer.
   * @param slow it is sent at its client's pace, so that it must not be what all others wait for
   */
  admit(slow?: boolean): Admission | undefined;
  settle(admission: Admission, outcome: Outcome): void;
  close(): void;
}

export interface BreakerLimits {
  /** Failures in a row that open it. */
  consecutive: number;
  /** Percent of failures over the last `windowSeconds` that opens it, given `volume` requests in them. */
  percent: number;
  volume: number;
  /** Milliseconds that it stays open before one request may try; as long after one that has not come to an end, the next. */
  retryAfter: number;
}

const windowSeconds = 10;

/**
 * A breaker whose closed state costs two additions per request: own ring counters decide when it opens. Opossum keeps
 * the states from there on; its own statistics stay off, since they sort all latencies at each failure.
 * @param now milliseconds, never going back
 */
export function createBreaker(
  limits: BreakerLimits,
  now: () => number,
  onChange?: (state: Breaker['state']) => void,
): Breaker {
  const counts = createWindow(now);
  let inARow = 0;
  /** When each kind of request that tries was sent; undefined while none is under way. */
  const trying: Record<'probe' | 'slow', number | undefined> = { probe: undefined, slow: undefined };
  const states = new CircuitBreaker(() => Promise.resolve(), {
    timeout: false,
    resetTimeout: limits.retryAfter,
    volumeThreshold: Number.MAX_SAFE_INTEGER,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
  });
  const saying = (state: Breaker['state']) => guarded('telling of a breaker', () => onChange?.(state));
  states.on('open', saying('open')).on('halfOpen', saying('half-open'));
  states.on(
    'close',
    guarded('a breaker that closes', () => {
      counts.clear();
      inARow = 0;
      forgetTries();
      saying('closed')();
    }),
  );

  function forgetTries(): void {
    trying.probe = trying.slow = undefined;
  }

  function tryOne(kind: 'probe' | 'slow'): Admission | undefined {
    if (!states.halfOpen) return undefined;
    const since = trying[kind];
    if (since !== undefined && now() - since < limits.retryAfter) return undefined;
    trying[kind] = now();
    return kind;
  }

  /** Who was ended by its client proves nothing: the next one tries. */
  function settleTry(kind: 'probe' | 'slow', outcome: Outcome): void {
    trying[kind] = undefined;
    if (!states.halfOpen || outcome === 'abandoned') return;
    if (outcome === 'succeeded') return states.close();
    forgetTries();
    states.open();
  }

  return {
    get state() {
      if (states.closed) return 'closed';
      return states.halfOpen ? 'half-open' : 'open';
    },
    admit: (slow = false) => (states.closed ? 'regular' : tryOne(slow ? 'slow' : 'probe')),
    settle(admission, outcome) {
      if (admission !== 'regular') return settleTry(admission, outcome);
      if (outcome === 'abandoned' || !states.closed) return;
      const failed = outcome === 'failed';
      counts.add(failed);
      inARow = failed ? inARow + 1 : 0;
      if (failed && (inARow >= limits.consecutive || counts.exceeds(limits))) states.open();
    },
    close: () => states.shutdown(),
  };
}

/** Requests and failures of the last seconds, one slot a second. */
function createWindow(now: () => number) {
  const requests = new Uint32Array(windowSeconds);
  const failures = new Uint32Array(windowSeconds);
  let second = Math.floor(now() / 1000);

  function slot(): number {
    const current = Math.floor(now() / 1000);
    for (; second < current && current - second <= windowSeconds;) clearSlot(++second % windowSeconds);
    if (second < current) clear();
    second = current;
    return current % windowSeconds;
  }

  function clearSlot(index: number): void {
    requests[index] = 0;
    failures[index] = 0;
  }

  function clear(): void {
    requests.fill(0);
    failures.fill(0);
  }

  return {
    clear,
    add(failed: boolean) {
      const index = slot();
      requests[index]! += 1;
      if (failed) failures[index]! += 1;
    },
    exceeds({ percent, volume }: BreakerLimits): boolean {
      const all = sum(requests);
      return all >= volume && sum(failures) * 100 >= percent * all;
    },
  };
}

function sum(counts: Uint32Array): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
