import type { SagaReason } from './saga.js';

/** What the decisions need to know of a step. */
export interface StepRules {
  local: boolean;
  asks: boolean;
  compensates: boolean;
  pivot: boolean;
  patienceMs: number;
}

export type SagaStatus = 'running' | 'compensating' | 'done' | 'compensated';

/**
 * What is known of the calls of a remote step:
 * `none` was made, the `first` is being made, one was made and its outcome is `doubtful`, or it is known not to have
 * done anything so far and is made again (`repeat`).
 */
export type Calls = 'none' | 'first' | 'doubtful' | 'repeat';

/** Where a saga stands: steps before `step` are done; while it runs, those behind it are not. */
export interface SagaState {
  status: SagaStatus;
  /** The step to be taken, or to be compensated, next. */
  step: number;
  calls: Calls;
  /** Failures of this step so far. */
  failures: number;
  /** When this step's turn came, in milliseconds. */
  since: number;
  reason: SagaReason | null;
}

/** What came of an action. */
export type SagaEvent =
  | { type: 'done' }
  | { type: 'refused'; reason: SagaReason }
  | { type: 'failed'; reason: SagaReason; undelivered: boolean }
  | { type: 'found-not-done' }
  | { type: 'found-unknown'; reason: SagaReason }
  | { type: 'compensated' };

/** What to do now. */
export type SagaAction = 'run' | 'ask' | 'compensate' | 'end';

/** A state, and how long to wait before its action, in milliseconds. */
export interface Decision {
  state: SagaState;
  delayMs: number;
}

const shortestDelayMs = 50;
const longestDelayMs = 30_000;

/** How long to wait after so many failures in a row: 50, 100, 200 ... milliseconds, at most half a minute. */
export function retryDelay(failures: number): number {
  return Math.min(longestDelayMs, shortestDelayMs * 2 ** Math.min(failures - 1, 20));
}

export function hasEnded({ status }: Pick<SagaState, 'status'>): boolean {
  return status === 'done' || status === 'compensated';
}

/** What a saga in this state does next. */
export function nextAction(steps: readonly StepRules[], state: SagaState): SagaAction {
  if (hasEnded(state)) return 'end';
  if (state.status === 'compensating') return 'compensate';
  return state.calls === 'doubtful' && steps[state.step]?.asks ? 'ask' : 'run';
}

/** The state of a saga whose steps before `step` are done. */
export function atStep(steps: readonly StepRules[], step: number, now: number): SagaState {
  const status = step < steps.length ? 'running' : 'done';
  return { status, step, calls: 'none', failures: 0, since: now, reason: null };
}

/** Says of a state that its first call is about to be made: whoever reads it later can't know whether it was. */
export function withFirstCall(steps: readonly StepRules[], state: SagaState): SagaState {
  const remote = steps[state.step]?.local === false;
  return state.status === 'running' && remote && state.calls === 'none'
    ? { ...state, calls: 'first' }
    : state;
}

/** What a state that another run has left behind means: of a call that it was about to make, nothing is known. */
export function asFound(state: SagaState): SagaState {
  return state.calls === 'none' ? state : { ...state, calls: 'doubtful' };
}

/** The one place that decides how a saga goes on after what has just happened. */
export function decide(
  steps: readonly StepRules[],
  state: SagaState,
  event: SagaEvent,
  now: number,
): Decision {
  switch (event.type) {
    case 'done':
      return atOnce(atStep(steps, state.step + 1, now));
    case 'compensated':
      return atOnce(takeBackFrom(steps, state, state.step - 1, state.reason, now));
    case 'refused':
      return afterRefusal(steps, state, event.reason, now);
    default:
      return afterFailure(steps, state, event, now);
  }
}

type Trouble = Exclude<SagaEvent, { type: 'done' | 'compensated' | 'refused' }>;

function afterRefusal(
  steps: readonly StepRules[],
  state: SagaState,
  reason: SagaReason,
  now: number,
): Decision {
  // Nothing behind the pivot may refuse, and no compensation: it is tried again, and seen among what is stuck.
  if (state.status === 'compensating' || isCommitted(steps, state)) return again(state);
  return atOnce(takeBack(steps, state, reason, now));
}

function afterFailure(steps: readonly StepRules[], state: SagaState, event: Trouble, now: number): Decision {
  const rules = steps[state.step];
  const next = afterTrouble(state, event);
  // A call that may have done something, or may yet arrive, can't be left behind where nothing takes it back.
  const noWayBack =
    state.status === 'compensating' ||
    isCommitted(steps, state) ||
    (next.calls !== 'none' && !rules?.compensates);
  const patient = noWayBack || now - state.since < (rules?.patienceMs ?? 0);
  // Called again by this very run: another one could not know that it was asked.
  if (event.type === 'found-not-done' && patient) return atOnce(next);
  if (patient) return again(next);
  const reason = event.type === 'found-not-done' ? state.reason : event.reason;
  if (event.type === 'failed' && next.calls === 'doubtful' && rules?.asks) return again(next);
  return atOnce(takeBack(steps, next, reason, now));
}

/** What a failure tells of the step's calls. The reason is kept for the case that patience ends. */
function afterTrouble(state: SagaState, event: Trouble): SagaState {
  if (event.type === 'found-not-done') return { ...state, calls: 'repeat' };
  const untouched =
    state.calls === 'none' || (event.type === 'failed' && event.undelivered && state.calls === 'first');
  return { ...state, calls: untouched ? 'none' : 'doubtful', reason: state.reason ?? event.reason };
}

/**
 * Takes the saga back from its current step on: that step too, if a call of it may have done something, or may yet
 * arrive late. The only call that was ever made, and answered with a refusal, did nothing.
 */
function takeBack(
  steps: readonly StepRules[],
  state: SagaState,
  reason: SagaReason | null,
  now: number,
): SagaState {
  const untouched = state.calls === 'none' || state.calls === 'first';
  return takeBackFrom(steps, state, untouched ? state.step - 1 : state.step, reason, now);
}

function takeBackFrom(
  steps: readonly StepRules[],
  state: SagaState,
  from: number,
  reason: SagaReason | null,
  now: number,
): SagaState {
  const next = { ...state, calls: 'none' as const, failures: 0, since: now, reason };
  for (let step = from; step >= 0; step--) {
    if (steps[step]?.compensates) return { ...next, status: 'compensating', step };
  }
  return { ...next, status: 'compensated', step: 0 };
}

function isCommitted(steps: readonly StepRules[], { step }: SagaState): boolean {
  return steps.slice(0, step).some(({ pivot }) => pivot);
}

function atOnce(state: SagaState): Decision {
  return { state, delayMs: 0 };
}

function again(state: SagaState): Decision {
  const failures = state.failures + 1;
  return { state: { ...state, failures }, delayMs: retryDelay(failures) };
}
