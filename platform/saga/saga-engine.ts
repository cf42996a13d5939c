import { setTimeout as sleep } from 'node:timers/promises';
import type { Transaction } from 'sequelize';
import { AppError } from '#platform/errors/app-error.js';
import { guarded } from '#platform/telemetry/guarded.js';
import { carryOn, type SagaWork } from './carry-on.js';
import { type AnySaga, holdStored, rulesOf, type SagaData, withState } from './held-saga.js';
import { atStep, hasEnded, type SagaStatus } from './saga-state.js';
import type { StoredSaga, StuckSaga } from './saga-store.js';
import type { Saga, SagaReason } from './saga.js';
import { takeLocalStep, timeoutOf } from './take-step.js';

/** How far a saga has come. */
export interface SagaProgress<Data> {
  status: SagaStatus;
  ended: boolean;
  data: Data;
  /** Why it was taken back. */
  reason: SagaReason | null;
}

/** Begins sagas, carries them on, and takes up those that others have left. */
export interface SagaEngine<in Begun extends Transaction = Transaction> {
  /**
   * Writes a saga down in the caller's transaction; leading local steps are taken in it, too, and the others from its
   * commit on.
   * @param subject what no other saga may work on until this one has ended
   * @throws what a leading step throws, and AppError `saga_in_progress` if another works on the subject
   */
  begin<Data>(
    saga: Saga<Data, Begun>,
    start: { sagaId: string; subject: string; data: Data },
    transaction: Begun,
  ): Promise<void>;
  /** Carries a saga on, here or wherever it is, until it has ended or so many milliseconds have gone by. */
  runSaga<Data>(saga: Saga<Data, Begun>, sagaId: string, patienceMs: number): Promise<SagaProgress<Data>>;
  /** Name of the saga that works on a subject, if one does; for a transaction that has locked the subject. */
  workingOn(subject: string, transaction: Transaction): Promise<string | undefined>;
  /** Sagas that have failed at their step that often in a row. */
  stuck(failures: number): Promise<StuckSaga[]>;
  /** Forgets sagas that ended before so many milliseconds, until the signal asks to end. */
  forgetEnded(ageMs: number, ending?: AbortSignal): Promise<void>;
  /** Takes up what is due, again and again. */
  start(): void;
  /** Resolves when no saga is carried on here any more. */
  stop(): Promise<void>;
}

export interface SagaEngineOptions<Begun extends Transaction = Transaction> extends Omit<
  SagaWork<Begun>,
  'definitionOf' | 'clock'
> {
  sagas: readonly AnySaga<Begun>[];
  clock?: () => number;
  /** Pause between two looks for sagas that are due, in milliseconds. */
  pollMs?: number;
}

const pollEndMs = 50;
const atATime = 10;
const mostStuckShown = 200;

/** @throws Error when a call may take longer than the lease lasts */
export function createSagaEngine<Begun extends Transaction>(
  options: SagaEngineOptions<Begun>,
): SagaEngine<Begun> {
  const { sagas, store, logger, clock = Date.now, pollMs = 500 } = options;
  const definitions = new Map(sagas.map((saga) => [saga.name, checked(saga, options)]));
  const definitionOf = ({ saga, sagaId }: StoredSaga): AnySaga<Begun> => {
    const definition = definitions.get(saga);
    if (definition) return definition;
    throw new AppError('internal', `Saga ${sagaId} is a "${saga}", which this program does not know`);
  };
  const work: SagaWork<Begun> = { ...options, clock, definitionOf };
  const ending = new AbortController();
  const running = new Map<string, Promise<void>>();
  let watching = Promise.resolve();

  /**
   * Never throws: what can't go on here is taken up again when it is due.
   * @param begun its first state, which is held here since it was written
   */
  function advance(sagaId: string, begun?: StoredSaga): Promise<void> {
    if (ending.signal.aborted) return Promise.resolve();
    const known = running.get(sagaId);
    if (known) return known;
    const run = carryOn(work, sagaId, begun)
      .then((delayMs) => {
        if (delayMs === undefined || ending.signal.aborted) return;
        setTimeout(
          guarded('carrying a saga on', () => advance(sagaId)),
          delayMs + 1,
        ).unref();
      })
      .catch((error: unknown) => logger.error({ err: error, sagaId }, 'a saga could not be carried on'))
      .finally(() => running.delete(sagaId));
    running.set(sagaId, run);
    return run;
  }

  async function watch(): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        const due = await store.due(atATime);
        await Promise.all(due.map((sagaId) => advance(sagaId)));
        if (due.length === atATime) continue;
      } catch (error) {
        logger.warn({ err: error }, 'sagas that are due could not be read');
      }
      await sleep(pollMs, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  }

  return {
    begin: async (saga, { sagaId, subject, data }, transaction) => {
      const definition = saga as unknown as AnySaga<Begun>;
      const stored = firstState(definition, sagaId, subject, data as SagaData, clock());
      const next = await takeLeadingSteps(definition, stored, transaction, clock);
      if (await store.findBySubject(subject, transaction)) throw inProgress(subject);
      await store.begin(next, options.leaseMs, transaction);
      transaction.afterCommit(() => void advance(sagaId, next));
    },
    runSaga: async (_saga, sagaId, patienceMs) => {
      const until = performance.now() + patienceMs;
      await atMost(patienceMs, advance(sagaId));
      for (;;) {
        const stored = await store.find(sagaId);
        if (!stored) throw new AppError('not_found', `There is no saga ${sagaId}`);
        const { status, reason } = stored;
        const ended = hasEnded(stored);
        if (ended || performance.now() >= until) return { status, ended, data: stored.data as never, reason };
        await sleep(pollEndMs);
      }
    },
    workingOn: async (subject, transaction) => (await store.findBySubject(subject, transaction))?.saga,
    stuck: (failures) => store.stuck(failures, mostStuckShown),
    forgetEnded: (ageMs, signal) => store.forgetEnded(ageMs, signal),
    start: () => void (watching = watch()),
    stop: async () => {
      ending.abort();
      await watching;
      await Promise.all(running.values());
    },
  };
}

/** Waits for work that never fails, but not longer than that. */
async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const ending = new AbortController();
  const time = sleep(ms, undefined, { signal: ending.signal }).catch(() => undefined);
  await Promise.race([work, time]);
  ending.abort();
}

function checked<Begun extends Transaction>(
  saga: AnySaga<Begun>,
  { leaseMs, minStepTimeoutMs }: SagaEngineOptions<Begun>,
): AnySaga<Begun> {
  for (const step of saga.steps) {
    if (step.kind === 'remote' && timeoutOf(step, minStepTimeoutMs) >= leaseMs)
      throw new Error(`"${step.name}" of ${saga.name} may take longer than a lease of ${leaseMs} ms`);
  }
  return saga;
}

function firstState<Begun extends Transaction>(
  definition: AnySaga<Begun>,
  sagaId: string,
  subject: string,
  data: SagaData,
  now: number,
): StoredSaga {
  const { status, calls, failures, since, reason } = atStep(rulesOf(definition), 0, now);
  const saga = { sagaId, saga: definition.name, subject, step: definition.steps[0]!.name, data };
  return { ...saga, ...{ status, calls, failures, since, reason }, lastError: null, revision: 1 };
}

async function takeLeadingSteps<Begun extends Transaction>(
  definition: AnySaga<Begun>,
  stored: StoredSaga,
  transaction: Begun,
  clock: () => number,
): Promise<StoredSaga> {
  let held = holdStored(stored, definition);
  while (!hasEnded(held.state) && held.rules[held.state.step]?.local) {
    const { found } = await takeLocalStep(held, transaction);
    held = withState(held, atStep(held.rules, held.state.step + 1, clock()), found, null);
  }
  return held.stored;
}

function inProgress(subject: string): AppError {
  return new AppError('saga_in_progress', `Something else is being done to ${subject}: try again`, {
    status: 409,
    retryAfter: 1,
  });
}
