import type { Transaction } from 'sequelize';
import type { Logger } from '#platform/telemetry/logger.js';
import { type AnySaga, type HeldSaga, holdStored, withState } from './held-saga.js';
import { decide, hasEnded, withFirstCall } from './saga-state.js';
import type { SagaStore, StoredSaga } from './saga-store.js';
import {
  callElsewhere,
  callRemoteStep,
  isElsewhere,
  type Outcome,
  takeLocalStep,
  trouble,
} from './take-step.js';

/** What sagas are carried on with. */
export interface SagaWork<Begun extends Transaction = Transaction> {
  store: SagaStore;
  definitionOf: (saga: StoredSaga) => AnySaga<Begun>;
  /** How long an instance that says nothing keeps a saga, in milliseconds: longer than any call. */
  leaseMs: number;
  /** Shortest time that a call may take, in milliseconds: where a step's own limit is shorter, this one holds. */
  minStepTimeoutMs?: number;
  /** Runs a saga's local step in a transaction; again, if the server chose it to break a deadlock. */
  inTransaction: <Result>(saga: StoredSaga, work: (transaction: Begun) => Promise<Result>) => Promise<Result>;
  clock: () => number;
  logger: Logger;
}

/** Somebody else has written the saga since: nothing of ours may be. */
class Overtaken extends Error {}

/** A saga after an action, and how long it has to wait now, in milliseconds. */
interface Step<Begun extends Transaction> {
  held: HeldSaga<Begun>;
  delayMs: number;
}

/**
 * Carries a saga on until it has ended, has to wait, or is somebody else's.
 * @param begun its first state, if this instance has just begun it: it holds the saga already, and claims nothing
 * @returns after how many milliseconds it wants to be carried on again; undefined if there is nothing more to do here
 * @throws what kept its state from being written: it is taken up again when its lease has ended
 */
export async function carryOn<Begun extends Transaction>(
  work: SagaWork<Begun>,
  sagaId: string,
  begun?: StoredSaga,
): Promise<number | undefined> {
  let held = begun ? holdStored(begun, work.definitionOf(begun)) : await claim(work, sagaId);
  try {
    while (held && !hasEnded(held.state)) {
      const step = await takeAction(work, await beforeFirstCall(work, held));
      if (step.delayMs > 0) return step.delayMs;
      held = step.held;
    }
  } catch (error) {
    if (!(error instanceof Overtaken)) throw error;
    work.logger.warn({ sagaId }, 'another instance has taken this saga over');
  }
  return undefined;
}

async function claim<Begun extends Transaction>(
  work: SagaWork<Begun>,
  sagaId: string,
): Promise<HeldSaga<Begun> | undefined> {
  const stored = await work.store.find(sagaId);
  if (!stored || hasEnded(stored)) return undefined;
  const held = holdStored(stored, work.definitionOf(stored));
  if (!(await work.store.claim(stored, work.leaseMs))) return undefined;
  return { ...held, stored: { ...stored, revision: stored.revision + 1 } };
}

/** Writes down that a call is about to be made, where the writing before has not done so yet. */
async function beforeFirstCall<Begun extends Transaction>(
  work: SagaWork<Begun>,
  held: HeldSaga<Begun>,
): Promise<HeldSaga<Begun>> {
  const calling = withFirstCall(held.rules, held.state);
  if (calling === held.state) return held;
  return (await save(work, withState(held, calling, undefined, held.stored.lastError), 0)).held;
}

async function takeAction<Begun extends Transaction>(
  work: SagaWork<Begun>,
  held: HeldSaga<Begun>,
): Promise<Step<Begun>> {
  if (!held.rules[held.state.step]?.local)
    return saveOutcome(work, held, await callRemoteStep(held, work.minStepTimeoutMs));
  try {
    return await work.inTransaction(held.stored, async (transaction) => {
      if (!(await work.store.lock(held.stored, transaction))) throw new Overtaken();
      const outcome = await takeLocalStep(held, transaction);
      return saveOutcome(work, held, outcome, transaction);
    });
  } catch (error) {
    if (error instanceof Overtaken) throw error;
    if (isElsewhere(held, error)) return takeElsewhere(work, held);
    // Should the commit have succeeded all the same, the revision tells, and this writing fails.
    return saveOutcome(work, held, trouble(held, error));
  }
}

/** From then on the step is as doubtful as a remote one: the other side may take it, and the answer be lost. */
async function takeElsewhere<Begun extends Transaction>(
  work: SagaWork<Begun>,
  held: HeldSaga<Begun>,
): Promise<Step<Begun>> {
  const { state, stored } = held;
  const first = state.status === 'running' && state.calls === 'none';
  const calling = first
    ? (await save(work, withState(held, { ...state, calls: 'first' }, undefined, stored.lastError), 0)).held
    : held;
  return saveOutcome(work, calling, await callElsewhere(calling, work.minStepTimeoutMs));
}

async function saveOutcome<Begun extends Transaction>(
  work: SagaWork<Begun>,
  held: HeldSaga<Begun>,
  { event, found, error }: Outcome,
  transaction?: Transaction,
): Promise<Step<Begun>> {
  const { state, delayMs } = decide(held.rules, held.state, event, work.clock());
  if (error !== undefined) {
    const { sagaId, saga, step } = held.stored;
    work.logger.warn(
      { err: error, sagaId, saga, step, event: event.type, delayMs },
      'a step of a saga failed',
    );
  }
  const lastError = 'reason' in event ? `${event.reason.code}: ${event.reason.message}` : null;
  // One writing says that this action has ended and that the next call is about to be made.
  const next = delayMs > 0 ? state : withFirstCall(held.rules, state);
  return save(work, withState(held, next, found, lastError), delayMs, transaction);
}

/** A saga that has to wait, or has ended, is nobody's. */
async function save<Begun extends Transaction>(
  { store, leaseMs }: SagaWork<Begun>,
  held: HeldSaga<Begun>,
  delayMs: number,
  transaction?: Transaction,
): Promise<Step<Begun>> {
  const { stored, state } = held;
  const hold = { leaseMs: delayMs > 0 || hasEnded(state) ? 0 : leaseMs, delayMs };
  if (!(await store.save(stored, hold, transaction))) throw new Overtaken();
  return { held: { ...held, stored: { ...stored, revision: stored.revision + 1 } }, delayMs };
}
