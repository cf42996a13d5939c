import type { Transaction } from 'sequelize';
import { AppError } from '#platform/errors/app-error.js';
import { asFound, hasEnded, type SagaState, type StepRules } from './saga-state.js';
import type { StoredSaga } from './saga-store.js';
import type { Saga, SagaStep } from './saga.js';

/** What a saga knows is its definition's business. */
export type SagaData = Record<string, unknown>;
export type AnySaga<Begun extends Transaction = Transaction> = Saga<SagaData, Begun>;
export type AnyStep<Begun extends Transaction = Transaction> = SagaStep<SagaData, Begun>;

/** A saga that this run may write, next to its definition. */
export interface HeldSaga<Begun extends Transaction = Transaction> {
  stored: StoredSaga;
  definition: AnySaga<Begun>;
  rules: readonly StepRules[];
  state: SagaState;
}

const defaultPatienceMs = 10_000;

export function rulesOf<Begun extends Transaction>({ steps }: AnySaga<Begun>): StepRules[] {
  return steps.map((step) => ({
    local: step.kind === 'local',
    asks: step.kind === 'remote' && step.ask !== undefined,
    compensates: step.compensate !== undefined,
    pivot: step.pivot === true,
    patienceMs: (step.kind === 'remote' ? step.patienceMs : undefined) ?? defaultPatienceMs,
  }));
}

/**
 * Reads what another run, or this one before, has stored.
 * @throws AppError `internal` for a step that the definition does not have
 */
export function holdStored<Begun extends Transaction>(
  stored: StoredSaga,
  definition: AnySaga<Begun>,
): HeldSaga<Begun> {
  const { status, calls, failures, since, reason } = stored;
  const step = definition.steps.findIndex(({ name }) => name === stored.step);
  if (step < 0) {
    throw new AppError(
      'internal',
      `Saga ${stored.sagaId} stands at "${stored.step}", which ${definition.name} does not have: run the version that began it`,
    );
  }
  const state = asFound({ status, step, calls, failures, since, reason });
  return { stored, definition, rules: rulesOf(definition), state };
}

/** The saga in its next state, as it is to be stored. */
export function withState<Begun extends Transaction>(
  held: HeldSaga<Begun>,
  state: SagaState,
  found: SagaData | undefined,
  lastError: string | null,
): HeldSaga<Begun> {
  const { stored, definition, rules } = held;
  const { step, status, calls, failures, since, reason } = state;
  const ended = hasEnded(state);
  const known = Object.entries({ ...(stored.data as SagaData), ...found });
  const forgotten = new Set<string>(ended ? definition.forget : []);
  const data = Object.fromEntries(known.filter(([name]) => !forgotten.has(name)));
  return {
    ...held,
    state,
    stored: {
      ...stored,
      subject: ended ? null : stored.subject,
      step: definition.steps[Math.min(step, rules.length - 1)]!.name,
      ...{ status, calls, failures, since, reason, lastError, data },
    },
  };
}
