import type { Express } from 'express';
import type { Registry } from 'prom-client';
import type { Sequelize } from 'sequelize';
import { requestServers } from '#contracts/shop/request-servers.js';
import { toAppError } from '#platform/database/database-errors.js';
import { forgetOldKeys } from '#platform/database/forget-old-keys.js';
import type { Guarded } from '#platform/database/guarded.js';
import { isAnswered, rememberAnswers } from '#platform/database/idempotency.js';
import { runAlone } from '#platform/database/run-alone.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { createHttpApp } from '#platform/http/create-http-app.js';
import type { RequestServer } from '#platform/messaging/serve-requests.js';
import { recordEvents } from '#platform/outbox/record-events.js';
import { guardKeys, holdKeys } from '#platform/ownership/guard-keys.js';
import { guardWrites } from '#platform/ownership/guard-writes.js';
import { reportOwnersOf } from '#platform/ownership/report-owners.js';
import { repeatTask, type RepeatedTask } from '#platform/resilience/repeat-task.js';
import { startStopwatch, type Stopwatch } from '#platform/resilience/stopwatch.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { attemptsIn } from './adapters/attempt-table.js';
import { paymentsIn } from './adapters/payment-table.js';
import type { PaymentProvider } from './domain/payment-provider.js';
import { paymentRoutes } from './http/payment-routes.js';
import { paymentRequestRoutes } from './requests/payment-request-routes.js';
import type { PaymentWork } from './use-cases/payment-work.js';
import { recoverAttempts } from './use-cases/recover-attempts.js';

export interface PaymentsServiceOptions {
  database: Sequelize;
  /** Connections beside those of the requests: each is held while a card is charged, so they bound how many are. */
  own: Sequelize;
  logger: Logger;
  provider: PaymentProvider;
  /** Longest wait for the provider to charge a card, in milliseconds. */
  timeoutMs: number;
  /** Measures how long a charge takes. */
  startStopwatch?: () => Stopwatch;
  /** Age at which a call to the provider counts as abandoned by a crash, in milliseconds. */
  recoverAfterMs: number;
  /** Pause between two looks for those, in milliseconds. */
  recoverEveryMs?: number;
  registry?: Registry;
  /** What gateways sign the ids with that they assign. */
  signingKey?: string | undefined;
  clock?: () => Date;
}

export interface PaymentsService {
  app: Express;
  /** What is answered over NATS. */
  requests: RequestServer;
  /** Settles what crashes leave open, and forgets old idempotency keys, between requests. */
  work: readonly RepeatedTask[];
}

const capability = 'payments';
const forgetPauseMs = 60_000;

/** Wires the payments service on its own schema. */
export function createPaymentsService(options: PaymentsServiceOptions): PaymentsService {
  const { database, logger, registry, recoverAfterMs, recoverEveryMs = 5_000, signingKey } = options;
  const work = paymentWork(options);
  const explain = (error: unknown) => toAppError('Payments service', error);
  const app = createHttpApp({
    logger,
    routes: paymentRoutes({
      ...work,
      read: paymentsIn(database).read,
      runWrite: rememberAnswers(guardWrites(database, capability)),
      isAnswered: (write) => isAnswered(database, write),
    }),
    ready: async () => void (await database.query('SELECT 1')),
    explain,
    reportOwners: reportOwnersOf(database, { side: 'service', owned: [capability] }),
    ...(registry ? { registry } : {}),
    signingKey,
  });
  const requests = {
    name: requestServers.payments,
    description: 'Money for orders: taken, given back',
    routes: paymentRequestRoutes(work, paymentsIn(database).read),
    ...{ explain, logger },
  };
  const recover = () => recoverAttempts(work, recoverAfterMs, logger);
  const forget = () =>
    forgetOldKeys(database, capability, (keys, transaction) => holdKeys(capability, keys, transaction));
  return {
    app,
    requests,
    work: [
      repeatTask('recover payments', Math.min(recoverEveryMs, recoverAfterMs), recover, logger),
      repeatTask('forget old idempotency keys', forgetPauseMs, forget, logger),
    ],
  };
}

function paymentWork(options: PaymentsServiceOptions): PaymentWork<Guarded<'payments'>> {
  const { database, own, provider, timeoutMs, clock = () => new Date() } = options;
  return {
    payments: paymentsIn(database),
    attempts: attemptsIn(database),
    provider,
    patience: { chargeMs: timeoutMs, settleMs: timeoutMs / 4, pauseMs: 100 },
    clock,
    say: (events, transaction) => recordEvents(database, events, clock(), transaction),
    startStopwatch: options.startStopwatch ?? startStopwatch,
    guarded: (paymentId, run) =>
      runTransaction(database, async (transaction) =>
        run(await guardKeys(database, capability, [paymentId], transaction)),
      ),
    alone: async (paymentId, busy, run) => {
      const done = await runAlone(own, `payment/${paymentId}`, run);
      if (!done) throw busy();
      return done.result;
    },
  };
}
