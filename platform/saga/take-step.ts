import type { Transaction } from 'sequelize';
import { AppError } from '#platform/errors/app-error.js';
import { guarded } from '#platform/telemetry/guarded.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import type { AnyStep, HeldSaga, SagaData } from './held-saga.js';
import { nextAction, type SagaEvent } from './saga-state.js';
import { noAnswerCode, type SagaReason, type StepContext, type StepOutcome } from './saga.js';

/** What an action brought, and what it has found out. */
export interface Outcome {
  event: SagaEvent;
  found?: SagaData | undefined;
  error?: unknown;
}

const defaultTimeoutMs = 5_000;

/** Longest that one call of a step may take, in milliseconds. @param minMs holds where the step's own limit is shorter */
export function timeoutOf<Begun extends Transaction>(step: AnyStep<Begun>, minMs = 0): number {
  return Math.max((step.kind === 'remote' ? step.timeoutMs : undefined) ?? defaultTimeoutMs, minMs);
}

/** Runs or compensates a local step; its errors are thrown, so that its transaction takes all back. */
export async function takeLocalStep<Begun extends Transaction>(
  held: HeldSaga<Begun>,
  transaction: Begun,
): Promise<Outcome> {
  const { definition, state } = held;
  const step = definition.steps[state.step];
  if (step?.kind !== 'local') throw new Error(`${step?.name} is no local step`);
  const context = contextOf(held, new AbortController().signal);
  if (state.status === 'compensating') {
    return {
      event: { type: 'compensated' },
      found: (await step.compensate?.(context, transaction)) ?? undefined,
    };
  }
  return { event: { type: 'done' }, found: (await step.run(context, transaction)) ?? undefined };
}

/** Makes the call that is due of a remote step, in its time; never throws. */
export async function callRemoteStep<Begun extends Transaction>(
  held: HeldSaga<Begun>,
  minTimeoutMs?: number,
): Promise<Outcome> {
  const { definition, rules, state } = held;
  const step = definition.steps[state.step];
  if (step?.kind !== 'remote') throw new Error(`${step?.name} is no remote step`);
  const action = nextAction(rules, state);
  const timeoutMs = timeoutOf(step, minTimeoutMs);
  if (action !== 'ask') return call(held, timeoutMs, action === 'run' ? step.run : step.compensate!);
  try {
    const answer = await inTime(timeoutMs, (signal) => step.ask!(contextOf(held, signal)));
    return answered(answer);
  } catch (error) {
    return trouble(held, error, true);
  }
}

/** Whoever else owns the subject of a local step now is asked to take it, or to compensate it; never throws. */
export function callElsewhere<Begun extends Transaction>(
  held: HeldSaga<Begun>,
  minTimeoutMs?: number,
): Promise<Outcome> {
  const { definition, state } = held;
  const step = definition.steps[state.step];
  const elsewhere = step?.kind === 'local' ? step.elsewhere : undefined;
  const work = state.status === 'compensating' ? elsewhere?.compensate : elsewhere?.run;
  if (!step || !work) throw new Error(`${step?.name} can be taken here only`);
  return call(held, timeoutOf(step, minTimeoutMs), work);
}

/** Can a local step that was refused with this error be taken by another side? */
export function isElsewhere<Begun extends Transaction>(
  { definition, state }: HeldSaga<Begun>,
  error: unknown,
): boolean {
  const step = definition.steps[state.step];
  const elsewhere = step?.kind === 'local' ? step.elsewhere : undefined;
  const able = state.status === 'compensating' ? elsewhere?.compensate : elsewhere?.run;
  return able !== undefined && definition.isElsewhere?.(error) === true;
}

async function call<Begun extends Transaction>(
  held: HeldSaga<Begun>,
  timeoutMs: number,
  work: (context: StepContext<SagaData>) => Promise<SagaData> | Promise<void>,
): Promise<Outcome> {
  try {
    const found = await inTime<unknown>(timeoutMs, (signal) => work(contextOf(held, signal)));
    const type = held.state.status === 'compensating' ? 'compensated' : 'done';
    return { event: { type }, found: found as SagaData | undefined };
  } catch (error) {
    return trouble(held, error);
  }
}

/** What an error means to the saga. */
export function trouble<Begun extends Transaction>(
  { definition }: HeldSaga<Begun>,
  error: unknown,
  asking = false,
): Outcome {
  const reason = reasonOf(error);
  if (definition.isRefusal(error)) return { event: { type: 'refused', reason }, error };
  if (asking) return { event: { type: 'found-unknown', reason }, error };
  const undelivered = definition.isUndelivered?.(error) ?? false;
  return { event: { type: 'failed', reason, undelivered }, error };
}

function answered(answer: StepOutcome<SagaData>): Outcome {
  if (answer.outcome === 'done') return { event: { type: 'done' }, found: answer.data };
  if (answer.outcome === 'not-done') return { event: { type: 'found-not-done' } };
  return { event: { type: 'found-unknown', reason: reasonOf(noAnswer()) } };
}

function contextOf<Begun extends Transaction>(
  { stored, definition, state }: HeldSaga<Begun>,
  signal: AbortSignal,
): StepContext<SagaData> {
  return {
    sagaId: stored.sagaId,
    stepKey: `${stored.sagaId}/${definition.steps[state.step]!.name}`,
    data: stored.data as SagaData,
    reason: state.status === 'compensating' ? state.reason : null,
    signal,
  };
}

async function inTime<Result>(
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      guarded('the time limit of a step', () => {
        ending.abort();
        reject(noAnswer());
      }),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([work(ending.signal), timedOut]);
  } finally {
    clearTimeout(timer);
  }
}

function noAnswer(): AppError {
  return new AppError(noAnswerCode, 'No answer came in time');
}

/** What of an error is worth keeping: enough to answer a client with it after a crash. */
function reasonOf(error: unknown): SagaReason {
  if (!(error instanceof AppError)) return { code: 'internal', message: messageOf(error) };
  const { code, message, options } = error;
  return {
    ...{ code, message },
    ...(options.errors ? { errors: options.errors } : {}),
    ...(options.retryAfter === undefined ? {} : { retryAfter: options.retryAfter }),
    ...(typeof options.cause === 'string' ? { cause: options.cause } : {}),
  };
}
