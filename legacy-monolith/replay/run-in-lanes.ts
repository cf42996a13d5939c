export interface Lanes<Step> {
  steps: AsyncIterable<Step>;
  /** Steps of the same lane run one after another, in the order in which they come. */
  laneOf: (step: Step) => string;
  /** How many steps run at once. */
  workers: number;
  /** @param worker 0 to workers − 1 */
  run: (step: Step, worker: number) => Promise<void>;
  /** Ends the run after the steps that are under way. */
  signal?: AbortSignal | undefined;
}

/** Steps that may wait for a worker, per worker: enough that none is idle, few enough that lanes stay near the order of the steps. */
const waitingPerWorker = 4;

/**
 * Runs steps concurrently, but those of one lane in order.
 * @throws the first error of a step or of `steps`, once all that is under way has ended
 */
export async function runInLanes<Step>({ steps, laneOf, workers, run, signal }: Lanes<Step>): Promise<void> {
  /** The waiting steps of each lane that has any, or one under way. */
  const lanes = new Map<string, Step[]>();
  const ready: string[] = [];
  const change = createBell();
  let waiting = 0;
  let ended = false;
  let failure: { error: unknown } | undefined;
  const stopped = () => failure !== undefined || signal?.aborted === true;
  const guarded = (work: Promise<void>) =>
    work.catch((error: unknown) => {
      failure ??= { error };
      change.ring();
    });

  async function fill(): Promise<void> {
    for await (const step of steps) {
      while (waiting >= workers * waitingPerWorker && !stopped()) await change.rung();
      if (stopped()) break;
      const lane = laneOf(step);
      const queue = lanes.get(lane);
      if (queue) queue.push(step);
      else {
        lanes.set(lane, [step]);
        ready.push(lane);
      }
      waiting += 1;
      change.ring();
    }
  }

  async function work(worker: number): Promise<void> {
    while (!stopped()) {
      const lane = ready.shift();
      if (lane !== undefined) await runNext(lane, worker);
      else if (ended && waiting === 0) return;
      else await change.rung();
    }
  }

  async function runNext(lane: string, worker: number): Promise<void> {
    const queue = lanes.get(lane) ?? [];
    const step = queue.shift() as Step;
    waiting -= 1;
    await run(step, worker);
    if (queue.length > 0) ready.push(lane);
    else lanes.delete(lane);
    change.ring();
  }

  const onAbort = () => change.ring();
  signal?.addEventListener('abort', onAbort);
  const filling = guarded(fill()).then(() => {
    ended = true;
    change.ring();
  });
  await Promise.all([filling, ...Array.from({ length: workers }, (_, worker) => guarded(work(worker)))]);
  signal?.removeEventListener('abort', onAbort);
  if (failure) throw failure.error;
}

/** Wakes all who wait for it. */
function createBell(): { ring: () => void; rung: () => Promise<void> } {
  let wake: () => void = () => undefined;
  let next = new Promise<void>((resolve) => (wake = resolve));
  return {
    ring: () => {
      wake();
      next = new Promise((resolve) => (wake = resolve));
    },
    rung: () => next,
  };
}
