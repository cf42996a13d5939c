import type { Transaction } from 'sequelize';

/** Code of the reason of a saga whose step gave no answer in time. */
export const noAnswerCode = 'no_answer';

/** Why a saga was taken back: what its first refusal, or its last failure, said. */
export interface SagaReason {
  code: string;
  message: string;
  errors?: { path: string; message: string }[];
  retryAfter?: number;
  /** What was behind it, in the participant's words; for our own records, not for clients. */
  cause?: string;
}

/** What a step is given. */
export interface StepContext<Data> {
  sagaId: string;
  /** The same whenever this step is repeated or compensated: participants know repetitions by it. */
  stepKey: string;
  data: Readonly<Data>;
  /** Set while the saga is taken back. */
  reason: SagaReason | null;
  /** Aborted when the call has had its time. */
  signal: AbortSignal;
}

/** What a step has found out; it is added to the saga's data. */
type Found<Data> = Promise<Partial<Data>> | Promise<void>;

/** What can be said of a step of which no answer came. */
export type StepOutcome<Data> =
  { outcome: 'done'; data?: Partial<Data> } | { outcome: 'not-done' } | { outcome: 'unknown' };

/**
 * A step in this service's own database: it happens in the transaction that writes the saga's state, or not at all.
 * @typeParam Begun what the step demands of that transaction: that it has passed a guard, for one
 */
interface LocalStep<Data, in Begun extends Transaction> {
  name: string;
  kind: 'local';
  run(context: StepContext<Data>, transaction: Begun): Found<Data>;
  compensate?(context: StepContext<Data>, transaction: Begun): Found<Data>;
  /**
   * Has it done by whoever owns the subject now, where the transaction was refused because this side does not own it
   * any more. Calls may be repeated; `run` must see by itself that it is done already.
   */
  elsewhere?: {
    run?(context: StepContext<Data>): Found<Data>;
    compensate?(context: StepContext<Data>): Found<Data>;
  };
  /** Once it is done, the saga is not taken back any more: what follows is repeated until it succeeds. */
  pivot?: true;
}

/** A step that another program takes. Calls may be repeated, may be lost, and may arrive late. */
interface RemoteStep<Data> {
  name: string;
  kind: 'remote';
  /**
   * Does it, once per step key: a repetition gets the first answer, and so a refusal is final; only where the step has
   * a compensation, which is called then, may a refusal be forgotten.
   */
  run(context: StepContext<Data>): Found<Data>;
  /** Asked before a call of which no answer came is repeated or given up. */
  ask?(context: StepContext<Data>): Promise<StepOutcome<Data>>;
  /**
   * Makes sure that the step is not done, and never will be: it is also called where nobody knows whether it was done,
   * and a call of `run` that arrives behind it must do nothing. A step without it can't be given up while in doubt.
   */
  compensate?(context: StepContext<Data>): Found<Data>;
  pivot?: true;
  /** Longest that one call may take, in milliseconds. */
  timeoutMs?: number;
  /** How long failures are met by trying again before the saga is taken back, in milliseconds. */
  patienceMs?: number;
}

export type SagaStep<Data, Begun extends Transaction = Transaction> =
  LocalStep<Data, Begun> | RemoteStep<Data>;

/** A piece of work that several capabilities take part in: its steps one after the other, or none of them. */
export interface Saga<Data, in Begun extends Transaction = Transaction> {
  name: string;
  steps: readonly SagaStep<Data, Begun>[];
  /** Is this error an answer of a participant that will not, rather than a failure? It takes the saga back at once. */
  isRefusal(error: unknown): boolean;
  /** Is it sure that the call never reached anybody? */
  isUndelivered?(error: unknown): boolean;
  /** Was a local step refused because another side owns the subject now? */
  isElsewhere?(error: unknown): boolean;
  /** What nobody needs to know once the saga has ended; it is erased from the stored data. */
  forget?: readonly (keyof Data & string)[];
}
