import { type Breaker, type BreakerLimits, createBreaker, type Outcome } from './breaker.js';
import { type BulkheadLimits, createBulkhead } from './bulkhead.js';

/** What kept a call from being made. */
export type Refusal = 'breaker' | 'bulkhead';

/** What a shield is doing, and has done. */
export interface ShieldFigures {
  state: Breaker['state'];
  running: number;
  waiting: number;
  /** Calls that were not made, since the start. */
  refused: Readonly<Record<Refusal, number>>;
}

/** Keeps calls to another program from piling up when it is slow, and from being made when it is down. */
export interface Shield {
  figures(): ShieldFigures;
  /**
   * Makes a call, unless the program fails just now or too many calls are under way.
   * @param judge what its outcome says of the program; an error says that it is not well
   * @returns undefined where the call was not made
   */
  run<Result>(call: () => Promise<Result>, judge: (result: Result) => Outcome): Promise<Result | undefined>;
  close(): void;
}

export type ShieldLimits = BulkheadLimits & { breaker: BreakerLimits };

/** A circuit breaker before a bulkhead: who would be refused does not wait for that. */
export function createShield(limits: ShieldLimits, onChange?: (state: Breaker['state']) => void): Shield {
  const bulkhead = createBulkhead(limits);
  const breaker = createBreaker(limits.breaker, () => performance.now(), onChange);
  const refused = { breaker: 0, bulkhead: 0 };
  const enter = () =>
    new Promise<boolean>((resolve) =>
      bulkhead.enter({ start: () => resolve(true), refuse: () => resolve(false) }),
    );

  async function admitted<Result>(
    call: () => Promise<Result>,
    judge: (result: Result) => Outcome,
  ): Promise<Result | undefined> {
    const admission = breaker.admit();
    if (!admission) return refuse('breaker');
    let outcome: Outcome = 'failed';
    try {
      const result = await call();
      outcome = judge(result);
      return result;
    } finally {
      breaker.settle(admission, outcome);
    }
  }

  function refuse(by: Refusal): undefined {
    refused[by] += 1;
    return undefined;
  }

  return {
    figures: () => ({
      state: breaker.state,
      running: bulkhead.running,
      waiting: bulkhead.waiting,
      refused,
    }),
    async run(call, judge) {
      if (breaker.state === 'open') return refuse('breaker');
      if (!(await enter())) return refuse('bulkhead');
      try {
        return await admitted(call, judge);
      } finally {
        bulkhead.leave();
      }
    },
    close: () => breaker.close(),
  };
}
