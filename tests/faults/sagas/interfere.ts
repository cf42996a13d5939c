import type { Transaction } from 'sequelize';
import { AppError } from '#platform/errors/app-error.js';
import type { AnySaga, AnyStep, SagaData } from '#platform/saga/held-saga.js';
import { createSagaEngine } from '#platform/saga/saga-engine.js';
import type { SagaStore } from '#platform/saga/saga-store.js';
import type { StepContext } from '#platform/saga/saga.js';
import { Unreachable } from '../../../extracted/orders/use-cases/participants.js';

export type StepAction = 'run' | 'compensate';

/** Before the participant is asked, when it has done it and nobody has heard so, or when that has been written down. */
export const moments = ['before', 'done', 'kept'] as const;
export type Moment = (typeof moments)[number];

/** What goes wrong with a step of the saga that works on a subject. */
export interface Interference {
  subject: string;
  saga: string;
  step: string;
  action: StepAction;
  moment: Moment;
  /** `halt`: goes no further, so that a kill meets it there; the others are what a participant may answer, or not. */
  effect: 'halt' | 'unreachable' | 'no answer' | 'refusal';
  /** How many times it happens. */
  times: number;
}

/** More often than any saga tries. */
export const always = 1_000_000;

interface Place extends Pick<Interference, 'saga' | 'step'> {
  action: StepAction | 'ask';
}

/**
 * An engine that comes to grief where it is told.
 * @param halted is told when a saga has got where it goes no further
 * @param clock milliseconds, by which the patience with a step ends
 */
export function interferingEngine(
  interferences: readonly Interference[],
  halted: (interference: Interference) => void,
  clock: () => number,
): typeof createSagaEngine {
  const left = new Map(interferences.map((one) => [one, one.times]));
  const subjects = new Map<string, string>();
  /** What a saga has done and not written down yet. */
  const done = new Map<string, Place>();

  async function meet(sagaId: string, at: Place, moment: Moment): Promise<void> {
    for (const [one, times] of left) {
      if (times === 0 || one.subject !== subjects.get(sagaId) || !isAt(one, at, moment)) continue;
      left.set(one, times - 1);
      await suffer(one, halted);
    }
  }

  const interfered = (saga: AnySaga): AnySaga => ({
    ...saga,
    steps: saga.steps.map((step) => stepMet(saga.name, step, meet, done)),
  });

  return (options) => {
    const sagas = new Map(options.sagas.map((saga) => [saga.name, interfered(saga)]));
    const store = storeMet(options.store, subjects, async (sagaId) => {
      const at = done.get(sagaId);
      done.delete(sagaId);
      if (at) await meet(sagaId, at, 'kept');
    });
    const engine = createSagaEngine({ ...options, store, clock, sagas: [...sagas.values()] });
    return {
      ...engine,
      begin: (saga, start, transaction) => {
        subjects.set(start.sagaId, start.subject);
        return engine.begin(sagas.get(saga.name) as unknown as typeof saga, start, transaction);
      },
    };
  };
}

function isAt(one: Interference, at: Place, moment: Moment): boolean {
  if (one.saga !== at.saga || one.step !== at.step) return false;
  // Who gives no answer for good does not say what became of the call either.
  if (at.action === 'ask') return one.action === 'run' && one.effect === 'no answer' && one.times === always;
  return one.action === at.action && one.moment === moment;
}

async function suffer(one: Interference, halted: (one: Interference) => void): Promise<void> {
  switch (one.effect) {
    case 'halt':
      halted(one);
      return new Promise(() => undefined);
    case 'unreachable':
      throw new Unreachable('Some', 'on purpose');
    case 'no answer':
      throw new AppError('unavailable', 'no answer, on purpose');
    case 'refusal':
      throw new AppError('invalid_state', 'refused on purpose');
  }
}

function stepMet(
  saga: string,
  step: AnyStep,
  meet: (sagaId: string, at: Place, moment: Moment) => Promise<void>,
  done: Map<string, Place>,
): AnyStep {
  type Work = (context: StepContext<SagaData>, transaction: Transaction) => Promise<unknown>;
  const met = (action: Place['action'], work: Work): Work => {
    const at = { saga, step: step.name, action };
    return async (context, transaction) => {
      done.delete(context.sagaId);
      await meet(context.sagaId, at, 'before');
      const found = await work(context, transaction);
      await meet(context.sagaId, at, 'done');
      done.set(context.sagaId, at);
      return found;
    };
  };
  const { run, compensate } = step;
  const ask = step.kind === 'remote' ? step.ask : undefined;
  return {
    ...step,
    run: met('run', run),
    ...(compensate ? { compensate: met('compensate', compensate) } : {}),
    ...(ask ? { ask: met('ask', ask) } : {}),
  } as AnyStep;
}

/** @param kept is called when a saga's state has been committed */
function storeMet(
  store: SagaStore,
  subjects: Map<string, string>,
  kept: (sagaId: string) => Promise<void>,
): SagaStore {
  return {
    ...store,
    begin: async (saga, leaseMs, transaction) => {
      if (saga.subject !== null) subjects.set(saga.sagaId, saga.subject);
      await store.begin(saga, leaseMs, transaction);
      transaction.afterCommit(() => kept(saga.sagaId));
    },
    find: async (sagaId, transaction) => {
      const saga = await store.find(sagaId, transaction);
      if (saga?.subject != null) subjects.set(sagaId, saga.subject);
      return saga;
    },
    save: async (saga, hold, transaction) => {
      const saved = await store.save(saga, hold, transaction);
      if (!saved) return false;
      if (transaction) transaction.afterCommit(() => kept(saga.sagaId));
      else await kept(saga.sagaId);
      return true;
    },
  };
}
