import { describe, expect, it } from '@jest/globals';
import {
  asFound,
  atStep,
  decide,
  nextAction,
  retryDelay,
  type SagaEvent,
  type SagaState,
  type StepRules,
  withFirstCall,
} from './saga-state.js';

const rules = (change: Partial<StepRules> = {}): StepRules => ({
  ...{ local: false, asks: true, compensates: true, pivot: false, patienceMs: 1_000 },
  ...change,
});
const local = { local: true, asks: false };
/** Place the order, reserve, charge, confirm (no way back from there), tell. */
const steps = [
  rules(local),
  rules(),
  rules(),
  rules({ ...local, compensates: false, pivot: true }),
  rules({ asks: false, compensates: false }),
];
const reason = { code: 'unavailable', message: 'away' };
const failed: SagaEvent = { type: 'failed', reason, undelivered: false };
const refused: SagaEvent = { type: 'refused', reason: { code: 'payment_declined', message: 'no' } };
const unknown: SagaEvent = { type: 'found-unknown', reason };
const at = (step: number, change: Partial<SagaState> = {}): SagaState => ({
  ...atStep(steps, step, 0),
  ...change,
});
const first = at(2, { calls: 'first' });
const doubtful = at(2, { calls: 'doubtful', failures: 1, reason });
const early = 10;
const late = 1_000;

describe('a saga whose step is done', () => {
  it('goes on to the next one', () => {
    expect(decide(steps, first, { type: 'done' }, early)).toEqual({
      state: atStep(steps, 3, early),
      delayMs: 0,
    });
  });

  it('is done when it was the last', () => {
    const { state } = decide(steps, at(4), { type: 'done' }, early);
    expect(state.status).toBe('done');
    expect(nextAction(steps, state)).toBe('end');
  });
});

describe('a saga whose step is refused', () => {
  it('is taken back from the step before, when this was the only call', () => {
    const { state, delayMs } = decide(steps, first, refused, early);
    expect(state).toMatchObject({ status: 'compensating', step: 1, reason: { code: 'payment_declined' } });
    expect([nextAction(steps, state), delayMs]).toEqual(['compensate', 0]);
  });

  it.each(['doubtful', 'repeat'] as const)('is taken back from this step, when a call is %s', (calls) => {
    expect(decide(steps, { ...first, calls }, refused, early).state).toMatchObject({
      status: 'compensating',
      step: 2,
    });
  });

  it('is at its end when there is nothing to take back', () => {
    const bare = [rules({ compensates: false }), rules()];
    expect(decide(bare, { ...first, step: 1 }, refused, early).state.status).toBe('compensated');
  });

  it('tries again behind the pivot, where there is no way back', () => {
    const { state, delayMs } = decide(steps, at(4, { calls: 'first' }), refused, late);
    expect(state).toMatchObject({ status: 'running', step: 4, failures: 1 });
    expect(delayMs).toBeGreaterThan(0);
  });
});

describe('a saga whose step fails', () => {
  it('asks what became of the call before it makes another', () => {
    const { state, delayMs } = decide(steps, first, failed, early);
    expect(state).toMatchObject({ status: 'running', step: 2, calls: 'doubtful', failures: 1 });
    expect(nextAction(steps, state)).toBe('ask');
    expect(delayMs).toBe(retryDelay(1));
  });

  it('calls again, where the step can not be asked', () => {
    const silent = steps.map((step) => ({ ...step, asks: false }));
    expect(nextAction(silent, decide(silent, first, failed, early).state)).toBe('run');
  });

  it('calls again at once, when nothing was done', () => {
    const { state, delayMs } = decide(steps, doubtful, { type: 'found-not-done' }, early);
    expect([state.calls, nextAction(steps, state), delayMs]).toEqual(['repeat', 'run', 0]);
  });

  it('goes on when it was done', () => {
    expect(decide(steps, doubtful, { type: 'done' }, late).state.step).toBe(3);
  });

  it('asks even when patience is over, and only then takes back, this step too', () => {
    const { state } = decide(steps, first, failed, late);
    expect([state.status, nextAction(steps, state)]).toEqual(['running', 'ask']);
    for (const event of [unknown, { type: 'found-not-done' } as const]) {
      expect(decide(steps, state, event, late).state).toMatchObject({
        status: 'compensating',
        step: 2,
        reason,
      });
    }
  });

  it('leaves a step alone that no call has ever reached', () => {
    const undelivered = { ...failed, undelivered: true };
    const { state } = decide(steps, first, undelivered, early);
    expect(state.calls).toBe('none');
    expect(decide(steps, withFirstCall(steps, state), undelivered, late).state).toMatchObject({
      status: 'compensating',
      step: 1,
    });
    expect(decide(steps, doubtful, undelivered, early).state.calls).toBe('doubtful');
  });

  it('never gives a step up that is in doubt and has no way back', () => {
    const final = steps.map((step) => ({ ...step, compensates: false }));
    expect(decide(final, doubtful, unknown, 1e9).state).toMatchObject({
      status: 'running',
      step: 2,
      failures: 2,
    });
  });

  it('never takes anything back behind the pivot', () => {
    const { state } = decide(steps, at(4, { calls: 'first' }), failed, 1e9);
    expect([state.status, nextAction(steps, state)]).toEqual(['running', 'run']);
  });

  it('is patient with local steps too, which are never in doubt', () => {
    const { state } = decide(steps, at(3), failed, early);
    expect([state.status, state.calls]).toEqual(['running', 'none']);
    expect(decide(steps, at(3), failed, late).state).toMatchObject({ status: 'compensating', step: 2 });
  });
});

describe('a saga that is taken back', () => {
  const compensating = at(2, { status: 'compensating', reason });

  it('compensates one step after the other, the last first', () => {
    const { state } = decide(steps, compensating, { type: 'compensated' }, early);
    expect(state).toMatchObject({ status: 'compensating', step: 1, failures: 0, reason });
    const end = decide(steps, { ...state, step: 0 }, { type: 'compensated' }, early).state;
    expect([end.status, end.reason]).toEqual(['compensated', reason]);
  });

  it.each([failed, refused])('repeats a compensation until it succeeds', (event) => {
    const { state, delayMs } = decide(steps, { ...compensating, failures: 7 }, event, 1e9);
    expect(state).toEqual({ ...compensating, failures: 8 });
    expect(delayMs).toBe(retryDelay(8));
  });
});

describe('what another run has left', () => {
  it('is in doubt if a call was about to be made', () => {
    expect(asFound(first).calls).toBe('doubtful');
    expect(asFound({ ...first, calls: 'repeat' }).calls).toBe('doubtful');
    expect(asFound(at(2)).calls).toBe('none');
  });

  it('says so before the first call, of remote steps only', () => {
    expect(withFirstCall(steps, at(2)).calls).toBe('first');
    expect(withFirstCall(steps, at(3)).calls).toBe('none');
    expect(withFirstCall(steps, at(2, { status: 'compensating' })).calls).toBe('none');
  });
});

it('waits ever longer between attempts, up to half a minute', () => {
  expect([1, 2, 5, 11, 50, 5_000].map(retryDelay)).toEqual([50, 100, 800, 30_000, 30_000, 30_000]);
});
