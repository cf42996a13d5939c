import type { Express } from 'express';
import type { Registry } from 'prom-client';
import type { Sequelize } from 'sequelize';
import { sagaDays } from '#contracts/strangler/retention.js';
import type { KeyRing } from '#platform/crypto/key-ring.js';
import { toAppError } from '#platform/database/database-errors.js';
import { forgetOldKeys } from '#platform/database/forget-old-keys.js';
import type { Guarded } from '#platform/database/guarded.js';
import { giveAnswer, rememberAnswers } from '#platform/database/idempotency.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { createHttpApp } from '#platform/http/create-http-app.js';
import { recordEvents } from '#platform/outbox/record-events.js';
import { guardKeys, holdKeys } from '#platform/ownership/guard-keys.js';
import { guardWrites } from '#platform/ownership/guard-writes.js';
import { reportOwnersOf } from '#platform/ownership/report-owners.js';
import { repeatTask } from '#platform/resilience/repeat-task.js';
import { createSagaEngine, type SagaEngine } from '#platform/saga/saga-engine.js';
import { sagasIn } from '#platform/saga/saga-store.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { ordersIn } from './adapters/orders-in-database.js';
import { orderViewsIn } from './adapters/order-view-table.js';
import { trackingFactsIn } from './adapters/tracking-fact-table.js';
import { orderRoutes } from './http/order-routes.js';
import { finishCancellations } from './use-cases/finish-cancellations.js';
import { orderSagas } from './use-cases/order-sagas.js';
import type { OrderTimeouts, OrderWork } from './use-cases/order-work.js';
import type { Participants } from './use-cases/participants.js';

export interface OrdersServiceOptions {
  database: Sequelize;
  logger: Logger;
  participants: Participants;
  /** Seal what sagas know; the same for all instances. */
  dataKeys: KeyRing;
  registry?: Registry;
  /** What gateways sign the ids with that they assign. */
  signingKey?: string | undefined;
  clock?: () => Date;
  /** How long an instance that says nothing keeps a saga, in milliseconds. */
  leaseMs?: number;
  /** How long clients wait for what a request has begun. */
  timeouts?: Partial<OrderTimeouts>;
  /** Shortest time that a call of a saga's step may take, in milliseconds: where its own limit is shorter, this one holds. */
  minStepTimeoutMs?: number;
  /** What carries its sagas on, so that a test can stand at every step of them. */
  createEngine?: typeof createSagaEngine;
  /** Age at which a cancellation counts as left behind by the other side, in milliseconds. */
  finishCancellationsAfterMs?: number;
  /** Longest that a query waits for what has just been written, in milliseconds. */
  projectionWaitMs?: number;
  /** How many times as long as usual clients, steps and leases last. */
  patience?: number;
}

/** The orders service, and the work that it does between requests. */
export interface OrdersService {
  app: Express;
  sagas: SagaEngine<Guarded<'orders'>>;
  startWork(): void;
  stopWork(): Promise<void>;
}

const capability = 'orders';
const forgetPauseMs = 60_000;
const finishPauseMs = 5_000;
const usualTimeouts: OrderTimeouts = { answerMs: 5_000, stockMs: 2_000 };
/** A lease outlasts every step. */
const [usualStepMs, usualLeaseMs] = [8_000, 12_000];
const sagasKeptMs = sagaDays * 24 * 3_600_000;

/** Wires the orders service on its own schema. */
export function createOrdersService(options: OrdersServiceOptions): OrdersService {
  const { database, logger, participants, registry, signingKey, clock = () => new Date() } = options;
  const work: OrderWork = {
    ...{ database, orders: ordersIn(database), participants, clock },
    timeouts: { ...longer(usualTimeouts, options.patience), ...options.timeouts },
    say: (events, transaction) => recordEvents(database, events, clock(), transaction),
    giveAnswer: (write, answer, transaction) => giveAnswer(write, answer, transaction),
    // Sagas begin sagas: what has been confirmed is told.
    get sagas(): SagaEngine<Guarded<'orders'>> {
      return sagas;
    },
  };
  const sagas = engineOf(options, work);
  const runWrite = rememberAnswers(guardWrites(database, capability));
  const guarded = <Result>(orderId: string, step: (transaction: Guarded<'orders'>) => Promise<Result>) =>
    inGuardedTransaction(database, orderId, step);
  const app = createHttpApp({
    logger,
    routes: orderRoutes({
      ...{ ...work, runWrite, guarded },
      views: orderViewsIn(database),
      facts: trackingFactsIn(database),
      patience: { waitMs: options.projectionWaitMs ?? 500, lookEveryMs: 20, recentMs: 10_000 },
    }),
    ready: async () => void (await database.query('SELECT 1')),
    explain: (error) => toAppError('Orders service', error),
    reportOwners: reportOwnersOf(database, { side: 'service', owned: [capability] }),
    ...(registry ? { registry } : {}),
    signingKey,
  });
  const forget = () =>
    forgetOldKeys(database, capability, (keys, transaction) => holdKeys(capability, keys, transaction));
  const afterMs = options.finishCancellationsAfterMs ?? 60_000;
  const finish = () => finishCancellations(work, guarded, afterMs, logger);
  const tasks = [
    repeatTask('forget old idempotency keys', forgetPauseMs, forget, logger),
    repeatTask('forget ended sagas', forgetPauseMs, (end) => sagas.forgetEnded(sagasKeptMs, end), logger),
    repeatTask('finish cancellations', Math.min(finishPauseMs, afterMs), finish, logger),
  ];
  return {
    ...{ app, sagas },
    startWork: () => {
      sagas.start();
      for (const task of tasks) task.start();
    },
    stopWork: async () => void (await Promise.all([sagas.stop(), ...tasks.map((task) => task.stop())])),
  };
}

function longer({ answerMs, stockMs }: OrderTimeouts, patience = 1): OrderTimeouts {
  return { answerMs: answerMs * patience, stockMs: stockMs * patience };
}

/** Local steps hold the ownership of their order, as every write does. */
function engineOf(options: OrdersServiceOptions, work: OrderWork): SagaEngine<Guarded<'orders'>> {
  const { database, logger, dataKeys, patience = 1, createEngine = createSagaEngine } = options;
  const { leaseMs = usualLeaseMs * patience } = options;
  const { minStepTimeoutMs = patience > 1 ? usualStepMs * patience : 0 } = options;
  return createEngine({
    ...{ sagas: orderSagas(work), store: sagasIn(database, dataKeys), leaseMs, minStepTimeoutMs, logger },
    inTransaction: ({ subject }, step) => inGuardedTransaction(database, String(subject), step),
  });
}

function inGuardedTransaction<Result>(
  database: Sequelize,
  orderId: string,
  step: (transaction: Guarded<'orders'>) => Promise<Result>,
): Promise<Result> {
  return runTransaction(database, async (transaction) =>
    step(await guardKeys(database, capability, [orderId], transaction)),
  );
}
