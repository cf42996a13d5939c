import type { ChargeOrder } from '#contracts/shop/payment-requests.js';
import { paymentsEndpoints } from '#contracts/shop/payments.js';
import type { Guarded } from '#platform/database/guarded.js';
import { plain, problem, resource } from '#platform/http/answers.js';
import { AppError } from '#platform/errors/app-error.js';
import {
  type Answer,
  describeWrite,
  type EndpointRequest,
  readRoute,
  type Route,
  type RunWrite,
  type Write,
} from '#platform/http/route.js';
import { stillRunning } from '#platform/database/idempotency.js';
import { chooseId } from '#platform/ownership/derive-id.js';
import { toPayment } from '../domain/payment.js';
import { askForNextCharge, type KeptCharge, keepCharge } from '../use-cases/charge-payment.js';
import type { PaymentWork } from '../use-cases/payment-work.js';
import { getPayment, listPayments, type ReadPayments } from '../use-cases/read-payments.js';
import { askForRefund, keepRefund } from '../use-cases/refund-payment.js';

export interface PaymentRoutesWork extends PaymentWork<Guarded<'payments'>> {
  read: ReadPayments;
  /** Runs a write that may happen on this side, once per Idempotency-Key. */
  runWrite: RunWrite<Guarded<'payments'>>;
  /** Is there an answer under the write's key already? Then the provider is not asked. */
  isAnswered: (write: Write) => Promise<boolean>;
}

/** The payments endpoints of the contract. */
export function paymentRoutes(work: PaymentRoutesWork): Route[] {
  return [
    readRoute(paymentsEndpoints.list, async ({ query }) => plain(await listPayments(work.read, query))),
    readRoute(paymentsEndpoints.get, async ({ params }) =>
      resource(await getPayment(work.payments, params.paymentId)),
    ),
    chargeRoute(work),
    refundRoute(work),
  ];
}

/** The provider is asked between two transactions: one notes what for, the other what came of it. */
function chargeRoute(work: PaymentRoutesWork): Route {
  const endpoint = paymentsEndpoints.create;
  return {
    endpoint,
    answer: async (untyped) => {
      const request = untyped as EndpointRequest<typeof endpoint>;
      const paymentId = request.assignedId ?? chooseId('payments', request.idempotencyKey);
      const first: ChargeOrder = { paymentId, ...request.body };
      const write = describeWrite(endpoint, request, paymentId);
      return work.alone(paymentId, stillRunning, async () => {
        const { order, asked } = (await work.isAnswered(write))
          ? { order: first, asked: undefined }
          : await askForNextCharge(work, first);
        return work.runWrite(write, async (transaction) => {
          if (!asked) await refuseKnown(work, order.paymentId, transaction);
          return answerOf(await keepCharge(work, order, asked, transaction), order.paymentId, request.path);
        });
      });
    },
  };
}

/** What the provider has decided stays written down, and so does the answer: a problem here is no error. */
function answerOf(kept: KeptCharge, paymentId: string, path: string): Answer {
  if (kept.outcome === 'captured') {
    return resource(toPayment(kept.payment), 201, { location: `/payments/${paymentId}` });
  }
  const error =
    kept.outcome === 'declined'
      ? new AppError('payment_declined', 'The payment was declined: try again with another card')
      : new AppError('timeout', 'Payment provider did not answer in time; nothing was charged');
  return problem(error, path);
}

/** A payment's id comes from its client's key: one that was used long ago can't be used again. */
async function refuseKnown(
  { payments }: PaymentRoutesWork,
  paymentId: string,
  transaction: Guarded<'payments'>,
): Promise<void> {
  if (!(await payments.find(paymentId, transaction))) return;
  throw new AppError(
    'idempotency_key_reused',
    `This Idempotency-Key was used for payment ${paymentId}: use a new key for a new payment`,
  );
}

function refundRoute(work: PaymentRoutesWork): Route {
  const endpoint = paymentsEndpoints.refund;
  return {
    endpoint,
    answer: async (untyped) => {
      const request = untyped as EndpointRequest<typeof endpoint>;
      const { paymentId } = request.params;
      const expected = request.expectedVersions;
      const write = describeWrite(endpoint, request, paymentId);
      const reply = (await work.isAnswered(write))
        ? undefined
        : await askForRefund(work, paymentId, expected);
      return work.runWrite(write, async (transaction) =>
        resource(toPayment(await keepRefund(work, paymentId, expected, reply, transaction))),
      );
    },
  };
}
