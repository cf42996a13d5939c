import { type Charged, paymentRequests } from '#contracts/shop/payment-requests.js';
import { requestRoute, type RequestRoute } from '#platform/messaging/serve-requests.js';
import { isRefunded, toPayment } from '../domain/payment.js';
import { askForCharge, inProgress, type KeptCharge, keepCharge } from '../use-cases/charge-payment.js';
import { giveBack } from '../use-cases/give-back.js';
import type { PaymentWork } from '../use-cases/payment-work.js';
import { listPayments, type ReadPayments } from '../use-cases/read-payments.js';
import { tellOutcome } from '../use-cases/tell-outcome.js';

/** What orders ask of the service, each again and again if need be: the payment's id makes it one. */
export function paymentRequestRoutes<Transaction>(
  work: PaymentWork<Transaction>,
  read: ReadPayments,
): RequestRoute[] {
  return [
    requestRoute(paymentRequests.all, (page) => listPayments(read, page)),
    requestRoute(paymentRequests.charge, (order) =>
      work.alone(
        order.paymentId,
        () => inProgress(order.paymentId),
        async () => {
          const asked = await askForCharge(work, order);
          const kept = await work.guarded(order.paymentId, (transaction) =>
            keepCharge(work, order, asked, transaction),
          );
          return chargedOf(kept);
        },
      ),
    ),
    requestRoute(paymentRequests.giveBack, (unwanted) => giveBack(work, unwanted)),
    requestRoute(paymentRequests.outcome, ({ paymentId }) => tellOutcome(work, paymentId)),
  ];
}

function chargedOf(kept: KeptCharge): Charged {
  if (kept.outcome !== 'captured') return kept;
  const { payment } = kept;
  return { outcome: isRefunded(payment) ? 'refunded' : 'captured', payment: toPayment(payment) };
}
