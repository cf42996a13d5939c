import { newEvent } from '#contracts/shop/events/define-event.js';
import { paymentEvents } from '#contracts/shop/events/payment-events.js';
import type { ChargeOrder } from '#contracts/shop/payment-requests.js';
import { AppError } from '#platform/errors/app-error.js';
import { attemptId, maxAttempts } from '#platform/ownership/attempt-id.js';
import { capture, type CapturedPayment, toPayment } from '../domain/payment.js';
import type { ChargeOutcome } from '../domain/payment-provider.js';
import type { PaymentWork } from './payment-work.js';
import { settleCharge } from './settle-charge.js';

/** What there is to write down. */
export type AskedCharge =
  | { outcome: Extract<ChargeOutcome, { outcome: 'captured' | 'declined' | 'void' }>; token: string }
  /** It was given up: its payment's id is of no use any more. */
  | 'given up'
  /** It is written down already. */
  | undefined;

/** How a charge ended, once that is written down. */
export type KeptCharge =
  | { outcome: 'captured'; payment: CapturedPayment }
  | { outcome: 'declined'; reason: string }
  | { outcome: 'void' };

/**
 * Has a card charged, with a note of it that outlives whatever happens here. What the note's own side, or the other,
 * has begun before is asked for rather than begun again.
 * @throws AppError `not_owner`; `unavailable` when the provider can't be asked: should it have charged all the same,
 *   the next request of the same id finds out, or else recovery gives it back
 */
export async function askForCharge<Transaction>(
  work: PaymentWork<Transaction>,
  { paymentId, orderId, amount, method }: ChargeOrder,
): Promise<AskedCharge> {
  const begun = await work.guarded(paymentId, async (transaction) => {
    if (await work.payments.find(paymentId, transaction)) return undefined;
    return work.attempts.begin({ paymentId, orderId, kind: 'charge' }, transaction);
  });
  if (begun === undefined) return undefined;
  if (begun.how === 'taken') return 'given up';
  const charge = { ...amount, token: method.token, reference: orderId };
  const settled = await settleCharge(work, paymentId, charge, begun.how === 'again');
  if (settled.outcome === 'untouched' && begun.how === 'new') {
    await work.guarded(paymentId, (transaction) => work.attempts.drop(paymentId, transaction));
  }
  if (settled.outcome === 'untouched' || settled.outcome === 'unknown') throw unavailable(settled.cause);
  return { outcome: settled, token: begun.token };
}

/**
 * Has a card charged by the first attempt whose id is not spent. A client's key always leads to the same ids, in this
 * order: what was voided or given up under one of them must not keep the client from paying by another.
 * @returns the payment that was asked for, and what came of it
 * @throws AppError as `askForCharge` does
 */
export async function askForNextCharge<Transaction>(
  work: PaymentWork<Transaction>,
  first: ChargeOrder,
): Promise<{ order: ChargeOrder; asked: AskedCharge }> {
  for (let attempt = 1; ; attempt += 1) {
    const order = { ...first, paymentId: attemptId('payments', first.paymentId, attempt) };
    const asked = await askForCharge(work, order);
    if (attempt === maxAttempts || !isSpent(asked)) return { order, asked };
    if (asked !== 'given up') {
      const { paymentId } = order;
      await work.guarded(paymentId, (transaction) =>
        work.attempts.finish(paymentId, asked.token, transaction),
      );
    }
  }
}

type SpentCharge =
  'given up' | (Exclude<AskedCharge, undefined | 'given up'> & { outcome: { outcome: 'void' } });

function isSpent(asked: AskedCharge): asked is SpentCharge {
  if (asked === undefined || asked === 'given up') return asked !== undefined;
  return asked.outcome.outcome === 'void' && asked.outcome.spent;
}

/**
 * Writes down how a charge ended, unless somebody else has: then what they have written is the outcome.
 * @throws AppError `request_in_progress` when somebody else is finding out just now
 */
export async function keepCharge<Transaction>(
  { payments, attempts, clock, say }: PaymentWork<Transaction>,
  { paymentId, orderId, amount }: ChargeOrder,
  asked: AskedCharge,
  transaction: Transaction,
): Promise<KeptCharge> {
  if (!asked || asked === 'given up' || !(await attempts.finish(paymentId, asked.token, transaction))) {
    const known = await payments.find(paymentId, transaction);
    if (known) return { outcome: 'captured', payment: known };
    const open = await attempts.find(paymentId, transaction);
    if (open && !open.givenUp) throw inProgress(paymentId);
    return { outcome: 'void' };
  }
  const { outcome } = asked;
  if (outcome.outcome === 'declined') {
    const declined = { paymentId, orderId, amount, reason: outcome.reason };
    await say([newEvent(paymentEvents.declined, paymentId, declined)], transaction);
  }
  if (outcome.outcome === 'void') return { outcome: 'void' };
  if (outcome.outcome !== 'captured') return outcome;
  const payment = capture({ paymentId, orderId, amount, last4: outcome.last4 }, clock());
  await payments.add(payment, transaction);
  await say([newEvent(paymentEvents.captured, paymentId, { payment: toPayment(payment) })], transaction);
  return { outcome: 'captured', payment };
}

/** What a second request for the same payment is told. */
export function inProgress(paymentId: string): AppError {
  return new AppError('request_in_progress', `Payment ${paymentId} is being taken just now: try again`, {
    retryAfter: 1,
  });
}

export function unavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'Payment service is unavailable', { cause, retryAfter: 2 });
}
