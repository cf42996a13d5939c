import type { Transaction } from 'sequelize';
import { createLogger } from '#platform/telemetry/logger.js';
import type { SagaWork } from '../carry-on.js';
import type { AnySaga, AnyStep } from '../held-saga.js';
import { hasEnded } from '../saga-state.js';
import type { SagaStore, StoredSaga } from '../saga-store.js';

/** What happens to one call of a participant. */
export type CallFate =
  | 'answered'
  | 'refused'
  | 'undelivered'
  | 'lost'
  | 'answer-lost'
  | 'late'
  /** The caller stops for longer than its lease before, or after, its call has its effect; others go on meanwhile. */
  | 'stalled-before'
  | 'stalled-after'
  /** A local step is refused here, since another side owns its subject. */
  | 'elsewhere';

/** What happens around one writing of a saga's state. */
export type WriteFate = 'written' | 'crash-before' | 'crash-after';

export interface StepPlan {
  local: boolean;
  asks: boolean;
  compensates: boolean;
  patient: boolean;
}

/** Nothing of this run happens any more. */
export class Crash extends Error {}
class Refusal extends Error {}
class Undelivered extends Error {}
class Elsewhere extends Error {}

const leaseMs = 1_000;
const nothing = {} as Transaction;

/** What a participant knows of its step. */
interface Participant {
  done: boolean;
  /** Compensated: a call that comes late does nothing. */
  closed: boolean;
  effects: number;
}

/** A world of participants, messages and a database in which everything that can go wrong goes wrong as planned. */
export function simulateWorld(
  plans: readonly StepPlan[],
  pivot: number,
  fates: { calls: readonly CallFate[]; writes: readonly WriteFate[] },
) {
  const participants = plans.map((): Participant => ({ done: false, closed: false, effects: 0 }));
  const late: (() => void)[] = [];
  const rows: Shared['rows'] = new Map();
  const calls = [...fates.calls];
  const writes = [...fates.writes];
  let now = 0;

  function run(participant: Participant): void {
    if (participant.closed) throw new Refusal('compensated before');
    if (participant.done) return;
    participant.done = true;
    participant.effects += 1;
  }

  function runLate(participant: Participant): void {
    if (!participant.closed) run(participant);
  }

  /** A refusal is final, unless it can be followed by a compensation; what was done before is not refused. */
  function refuse(participant: Participant, { compensates }: StepPlan): void {
    if (participant.done) return;
    participant.closed ||= !compensates;
    throw new Refusal('no');
  }

  async function meetFate(effect: () => void, afterwards: () => void, refuse?: () => void): Promise<void> {
    const fate = calls.shift() ?? 'answered';
    if (fate === 'undelivered') throw new Undelivered();
    if (fate === 'lost') throw new Error('no answer: the request was lost');
    if (fate === 'late') late.push(afterwards);
    if (fate === 'late') throw new Error('no answer: the request is still on its way');
    if (fate === 'refused') refuse?.();
    if (fate === 'stalled-before') await othersGoOn();
    effect();
    if (fate === 'answer-lost') throw new Error('no answer: it was lost');
    if (fate === 'stalled-after') await othersGoOn();
  }

  let goOn: () => Promise<void> = () => Promise.resolve();
  async function othersGoOn(): Promise<void> {
    now += 2 * leaseMs;
    await goOn();
  }

  function step(plan: StepPlan, index: number): AnyStep {
    const participant = participants[index]!;
    const name = `step ${index}`;
    const close = () => {
      participant.done = false;
      participant.closed = true;
    };
    const common = { name, ...(index === pivot ? { pivot: true as const } : {}) };
    const compensate = () => meetFate(close, close);
    const call = () =>
      meetFate(
        () => run(participant),
        () => runLate(participant),
        index <= pivot ? () => refuse(participant, plan) : undefined,
      );
    if (plan.local) {
      const here = async (work: () => void) => {
        if (calls[0] !== 'elsewhere') return work();
        calls.shift();
        throw new Elsewhere();
      };
      return {
        ...{ ...common, kind: 'local', run: () => here(() => run(participant)) },
        elsewhere: { run: call, compensate },
        ...(plan.compensates ? { compensate: () => here(close) } : {}),
      };
    }
    return {
      ...{ ...common, kind: 'remote', patienceMs: plan.patient ? 1e9 : 0, timeoutMs: leaseMs / 2 },
      run: call,
      ...(plan.asks
        ? {
            ask: async () => {
              await meetFate(
                () => {},
                () => {},
              );
              return { outcome: participant.done ? 'done' : 'not-done' } as const;
            },
          }
        : {}),
      ...(plan.compensates ? { compensate } : {}),
    };
  }

  const saga: AnySaga = {
    name: 'simulated',
    steps: plans.map(step),
    isRefusal: (error) => error instanceof Refusal,
    isUndelivered: (error) => error instanceof Undelivered,
    isElsewhere: (error) => error instanceof Elsewhere,
  };

  return {
    participants,
    process: () => simulateProcess({ participants, rows, writes, clock: () => now }, saga),
    begin: (saga: StoredSaga) => void rows.set(saga.sagaId, { ...saga, leasedUntil: 0, notBefore: 0 }),
    find: (sagaId: string) => rows.get(sagaId)!,
    ended: (sagaId: string) => hasEnded(rows.get(sagaId)!),
    pass: (ms: number) => void (now += ms),
    deliverLate: () => late.splice(0).forEach((deliver) => deliver()),
    whenStalled: (others: () => Promise<void>) => void (goOn = others),
  };
}

/** What all processes of a world see. */
interface Shared {
  participants: Participant[];
  rows: Map<string, StoredSaga & { leasedUntil: number; notBefore: number }>;
  writes: WriteFate[];
  clock: () => number;
}

/** One process: once it has crashed, nothing that it does has any effect. */
function simulateProcess({ participants, rows, writes, clock }: Shared, saga: AnySaga): SagaWork {
  let crashed = false;
  let open: { rows: Map<string, StoredSaga>; participants: Participant[] } | undefined;
  const write = (change: () => boolean): boolean => {
    if (crashed) throw new Crash();
    const fate = writes.shift() ?? 'written';
    crashed = fate !== 'written';
    if (fate === 'crash-before') throw new Crash();
    const written = change();
    if (fate === 'crash-after') throw new Crash();
    return written;
  };
  const put = (saga: StoredSaga, leasedUntil: number, notBefore: number): boolean => {
    if (rows.get(saga.sagaId)?.revision !== saga.revision) return false;
    rows.set(saga.sagaId, {
      ...structuredClone(saga),
      ...{ revision: saga.revision + 1, leasedUntil, notBefore },
    });
    return true;
  };
  const store: Pick<SagaStore, 'find' | 'claim' | 'lock' | 'save'> = {
    find: (sagaId) => Promise.resolve(structuredClone(rows.get(sagaId))),
    claim: async (saga) => {
      const row = rows.get(saga.sagaId);
      if (!row || row.leasedUntil > clock() || row.notBefore > clock()) return false;
      return write(() => put(saga, clock() + leaseMs, row.notBefore));
    },
    lock: (saga) => Promise.resolve(rows.get(saga.sagaId)?.revision === saga.revision),
    save: async (saga, hold) =>
      write(() => {
        const written = put(saga, hold.leaseMs > 0 ? clock() + leaseMs : 0, clock() + hold.delayMs);
        open = undefined;
        return written;
      }),
  };
  return {
    store: store as SagaStore,
    definitionOf: () => saga,
    leaseMs,
    /** The state is written last: with it the transaction is committed. */
    inTransaction: async (_saga, work) => {
      open = { rows: new Map(rows), participants: participants.map((one) => ({ ...one })) };
      try {
        return await work(nothing);
      } catch (error) {
        participants.forEach((one, index) => Object.assign(one, open?.participants[index]));
        throw error;
      }
    },
    clock,
    logger: createLogger('simulated', 'silent'),
  };
}
