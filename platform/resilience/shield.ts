import { type Breaker, type BreakerLimits, createBreaker } from './breaker.js';
import { type BulkheadLimits, createBulkhead } from './bulkhead.js';

/** Keeps calls to another program from piling up when it is slow, and from being made when it is down. */
export interface Shield {
  readonly state: Breaker['state'];
  /**
   * Makes a call, unless the program fails just now or too many calls are under way.
   * @param failed does the outcome say that the program is not well? So does an error
   * @returns undefined where the call was not made
   */
  run<Outcome>(
    call: () => Promise<Outcome>,
    failed: (outcome: Outcome) => boolean,
  ): Promise<Outcome | undefined>;
  close(): void;
}

/** A circuit breaker behind a bulkhead. */
export function createShield(limits: BulkheadLimits & { breaker: BreakerLimits }): Shield {
  const bulkhead = createBulkhead(limits);
  const breaker = createBreaker(limits.breaker, () => performance.now());
  const enter = () =>
    new Promise<boolean>((resolve) =>
      bulkhead.enter({ start: () => resolve(true), refuse: () => resolve(false) }),
    );

  async function admitted<Outcome>(
    call: () => Promise<Outcome>,
    failed: (outcome: Outcome) => boolean,
  ): Promise<Outcome | undefined> {
    const admission = breaker.admit();
    if (!admission) return undefined;
    let well = false;
    try {
      const outcome = await call();
      well = !failed(outcome);
      return outcome;
    } finally {
      breaker.settle(admission, well ? 'succeeded' : 'failed');
    }
  }

  return {
    get state() {
      return breaker.state;
    },
    async run(call, failed) {
      if (!(await enter())) return undefined;
      try {
        return await admitted(call, failed);
      } finally {
        bulkhead.leave();
      }
    },
    close: () => breaker.close(),
  };
}
