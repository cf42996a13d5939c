import { newEvent } from '#contracts/shop/events/define-event.js';
import { paymentEvents } from '#contracts/shop/events/payment-events.js';
import { AppError } from '#platform/errors/app-error.js';
import { checkVersion, type ExpectedVersions } from '#platform/http/entity-tag.js';
import { type CapturedPayment, isRefunded, refund, toPayment } from '../domain/payment.js';
import { inDoubt, isOpen, type ProviderReply } from '../domain/payment-provider.js';
import { unavailable } from './charge-payment.js';
import type { PaymentWork } from './payment-work.js';

const calls = 3;

/**
 * Has the whole amount given back, with a note of it. Once the provider has been asked there is no way back: a refund
 * whose answer is lost is completed by recovery, on whichever side, never undone.
 * @param expected version that the client has seen; nothing is asked for another one
 * @returns undefined where there is nothing to give back
 * @throws AppError `not_owner`, `invalid_state`
 */
export async function askForRefund<Transaction>(
  work: PaymentWork<Transaction>,
  paymentId: string,
  expected: ExpectedVersions,
): Promise<ProviderReply | undefined> {
  const begun = await work.guarded(paymentId, async (transaction) => {
    const payment = await work.payments.lock(paymentId, transaction);
    if (!payment || isRefunded(payment)) return undefined;
    if (expected !== undefined && !expected.includes(payment.version)) return undefined;
    return work.attempts.begin({ paymentId, orderId: payment.orderId, kind: 'refund' }, transaction);
  });
  if (begun === undefined) return undefined;
  if (begun.how === 'taken') {
    throw new AppError('invalid_state', `The charge of payment ${paymentId} is being given up`);
  }
  const reply = await callForRefund(work, paymentId, begun.how === 'again');
  const undone = reply.kind === 'unreachable' || reply.kind === 'refused';
  if (undone && begun.how === 'new') {
    await work.guarded(paymentId, (transaction) => work.attempts.drop(paymentId, transaction));
  }
  return reply;
}

/**
 * Writes down that the amount went back.
 * @param reply what the provider said
 * @throws AppError `not_found`, `version_mismatch`, `invalid_state`, `unavailable`, `timeout`
 */
export async function keepRefund<Transaction>(
  work: PaymentWork<Transaction>,
  paymentId: string,
  expected: ExpectedVersions,
  reply: ProviderReply | undefined,
  transaction: Transaction,
): Promise<CapturedPayment> {
  const payment = await work.payments.lock(paymentId, transaction);
  if (!payment) throw new AppError('not_found', `There is no payment ${paymentId}`);
  checkVersion(`Payment ${paymentId}`, payment.version, expected);
  if (isRefunded(payment)) throw new AppError('invalid_state', `Payment ${paymentId} is refunded already`);
  if (reply?.kind !== 'charge') throw refusal(paymentId, reply);
  return finishRefund(work, payment, transaction);
}

/** The payment's next version, and no note of its refund any more. */
export async function finishRefund<Transaction>(
  { payments, attempts, clock, say }: PaymentWork<Transaction>,
  payment: CapturedPayment,
  transaction: Transaction,
): Promise<CapturedPayment> {
  await attempts.drop(payment.paymentId, transaction);
  const refunded = refund(payment, clock());
  await payments.save(refunded, transaction);
  const event = newEvent(paymentEvents.refunded, refunded.paymentId, { payment: toPayment(refunded) });
  await say([event], transaction);
  return refunded;
}

/**
 * Asks again where the provider failed or gave no answer. From then on only a charge ends the doubt: what an earlier call
 * has done is not undone by a later one that is refused, or not sent.
 * @param again an earlier request has called before, and left its note: there is doubt from the beginning
 */
async function callForRefund<Transaction>(
  { provider, patience, startStopwatch }: PaymentWork<Transaction>,
  paymentId: string,
  again: boolean,
): Promise<ProviderReply> {
  let reply = await provider.refund(paymentId);
  let doubtful = again ? inDoubt(reply) : undefined;
  for (let call = 2; call <= calls && isOpen(reply); call++) {
    doubtful = reply;
    await startStopwatch().pause(patience.pauseMs);
    reply = await provider.refund(paymentId);
  }
  return reply.kind === 'charge' || isOpen(reply) ? reply : (doubtful ?? reply);
}

export function refusal(
  paymentId: string,
  reply: Exclude<ProviderReply, { kind: 'charge' }> | undefined,
): AppError {
  if (reply?.kind === 'refused') {
    return new AppError(
      'invalid_state',
      `The payment provider has no charge to refund for payment ${paymentId}`,
    );
  }
  if (reply?.kind === 'unanswered') {
    return new AppError(
      'timeout',
      `Payment provider did not answer in time; the refund of payment ${paymentId} will be completed when it does`,
      { cause: reply.cause },
    );
  }
  return unavailable(reply?.cause ?? new Error(`payment ${paymentId} changed while its refund was prepared`));
}
