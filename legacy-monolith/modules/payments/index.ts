import type { Sequelize, Transaction } from 'sequelize';
import type { ChargeOrder } from '#contracts/shop/payment-requests.js';
import { type Payment, paymentsEndpoints } from '#contracts/shop/payments.js';
import type { Guarded } from '#platform/database/guarded.js';
import { plain, problem, resource } from '#platform/http/answers.js';
import { AppError } from '#platform/errors/app-error.js';
import { readRoute, type Route, writeRoute } from '#platform/http/route.js';
import { attemptId, maxAttempts } from '#platform/ownership/attempt-id.js';
import { chooseId } from '#platform/ownership/derive-id.js';
import type { Ask } from '#platform/messaging/ask-service.js';
import type { RequestRoute } from '#platform/messaging/serve-requests.js';
import type { RepeatedTask } from '#platform/resilience/repeat-task.js';
import { startStopwatch, type Stopwatch } from '#platform/resilience/stopwatch.js';
import type { ModuleContext } from '../../context/module-context.js';
import { createTaskWorker } from '../../order-tasks/task-worker.js';
import { remoteService } from '../../context/remote-service.js';
import { paymentRequestRoutes } from './answer-requests.js';
import { chargePayment, isSpent, type PaymentWork } from './charge-payment.js';
import { httpPaymentProvider } from './http-payment-provider.js';
import {
  type ChosenPayment,
  createOrderPayments,
  finishGiveBack,
  giveBackTask,
  type GiveBackTask,
  type OrderCharge,
  type OrderPaymentPort,
} from './order-payments.js';
import type { PaymentProvider } from './payment-provider.js';
import { definePaymentTable } from './payment-table.js';
import { getPayment, listPayments } from './read-payments.js';
import { recoverAttempts, type Recovery } from './recover-attempts.js';
import { refundPayment } from './refund-payment.js';
import { shieldProvider } from './shield-provider.js';

export { httpPaymentProvider, isSpent, shieldProvider };
export type { ChosenPayment, OrderCharge, OrderPaymentPort };

/** Money taken from cards, and given back. */
export interface Payments {
  routes: Route[];
  /** What services may ask over NATS. */
  requests: RequestRoute[];
  /** Money of orders, on whichever side it is. */
  orders: OrderPaymentPort;
  /** Gives back what the service has charged for orders that came to nothing. */
  finishing: RepeatedTask;
  /** Settles what crashes have left open; for a worker that calls it again and again. */
  recover(recovery: Recovery): Promise<void>;
}

export interface PaymentsOptions {
  provider: PaymentProvider;
  /** Connections beside those of the requests, for notes that outlive a request's transaction. */
  attempts: Sequelize;
  /** Longest wait for the provider to charge a card, in milliseconds. */
  timeoutMs: number;
  /** Measures how long a charge takes. */
  startStopwatch?: () => Stopwatch;
  /** Way to the payments service; without it the monolith works with what it owns. */
  ask?: Ask | undefined;
  /** Age at which a charge at the service counts as abandoned by a crash, in milliseconds. */
  abandonedAfterMs: number;
}

export function createPayments(context: ModuleContext, options: PaymentsOptions): Payments {
  const { provider, attempts, timeoutMs, ask, abandonedAfterMs } = options;
  const payments = definePaymentTable(context.database);
  const patience = { chargeMs: timeoutMs, settleMs: timeoutMs / 4, pauseMs: 100 };
  const work: PaymentWork = {
    ...{ ...context, payments, provider, attempts, patience },
    startStopwatch: options.startStopwatch ?? startStopwatch,
  };
  const remote = remoteService(ask, 'payments service');
  const tasks = createTaskWorker<GiveBackTask['detail']>(context, {
    about: 'payment',
    kinds: [giveBackTask],
    finish: (task) => finishGiveBack({ work, remote }, task),
  });
  return {
    orders: createOrderPayments({ work, remote, abandonedAfterMs, tasks }),
    finishing: tasks.finishing,
    requests: paymentRequestRoutes(work),
    recover: (recovery) => recoverAttempts(work, recovery),
    routes: [
      readRoute(paymentsEndpoints.list, async ({ query }) => plain(await listPayments(payments, query))),
      readRoute(paymentsEndpoints.get, async ({ params }) =>
        resource(await getPayment(payments, params.paymentId)),
      ),
      chargeRoute(work),
      writeRoute(
        paymentsEndpoints.refund,
        context.runWrite.payments,
        ({ params }) => params.paymentId,
        async ({ params, expectedVersions }, transaction) =>
          resource(await refundPayment(work, params.paymentId, expectedVersions, transaction)),
      ),
    ],
  };
}

function chargeRoute(work: PaymentWork): Route {
  return writeRoute(
    paymentsEndpoints.create,
    work.runWrite.payments,
    ({ assignedId, idempotencyKey }) => assignedId ?? chooseId('payments', idempotencyKey),
    async ({ body, path }, transaction, paymentId) => {
      try {
        const payment = await chargeByAttempts(work, { paymentId, ...body }, transaction);
        return resource(payment, 201, { location: `/payments/${payment.paymentId}` });
      } catch (error) {
        // The provider has decided: what was noted about that stays, and so does the answer.
        if (error instanceof AppError && ['payment_declined', 'timeout'].includes(error.code)) {
          return problem(error, path);
        }
        throw error;
      }
    },
  );
}

/**
 * Charges a card by the first attempt whose id is not spent. A client's key always leads to the same ids, in this order:
 * what was voided or given up under one of them must not keep the client from paying by another.
 */
async function chargeByAttempts(
  work: PaymentWork,
  first: ChargeOrder,
  transaction: Guarded<'payments'>,
): Promise<Payment> {
  for (let attempt = 1; ; attempt += 1) {
    const paymentId = attemptId('payments', first.paymentId, attempt);
    await refuseKnown(work, paymentId, transaction);
    try {
      return await chargePayment(work, { ...first, paymentId }, transaction);
    } catch (error) {
      if (!isSpent(error) || attempt === maxAttempts) throw error;
    }
  }
}

/** A payment's id comes from its client's key: one that was used long ago can't be used again. */
async function refuseKnown(
  { payments }: PaymentWork,
  paymentId: string,
  transaction: Transaction,
): Promise<void> {
  if ((await payments.count({ where: { paymentId }, transaction })) === 0) return;
  throw new AppError(
    'idempotency_key_reused',
    `This Idempotency-Key was used for payment ${paymentId}: use a new key for a new payment`,
  );
}
