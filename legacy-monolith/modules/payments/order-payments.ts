import type { Transaction } from 'sequelize';
import { v7 as uuidv7 } from 'uuid';
import { type ChargeOrder, paymentRequests } from '#contracts/shop/payment-requests.js';
import type { Guarded } from '#platform/database/guarded.js';
import { AppError } from '#platform/errors/app-error.js';
import type { Reply } from '#platform/messaging/ask-service.js';
import { BetweenOwners } from '#platform/ownership/await-owner.js';
import { deriveId } from '#platform/ownership/derive-id.js';
import { holdKey } from '#platform/ownership/guard-keys.js';
import { describeMoney } from '../../context/describe-money.js';
import {
  armTask,
  disarmTask,
  type OrderTask,
  postponeTask,
  removeTask,
} from '../../order-tasks/order-task-table.js';
import type { TaskWorker } from '../../order-tasks/task-worker.js';
import type { RemoteService } from '../../context/remote-service.js';
import { giveBack } from './answer-requests.js';
import { askForCharge, type PaymentQuestions } from './ask-for-charge.js';
import {
  type Cancellation,
  dropCancellation,
  endCancellation,
  endCancellationOf,
  hasCancellation,
  noteCancellation,
} from './cancellations.js';
import {
  chargePayment,
  declined,
  neverAnswered,
  type PaymentWork,
  recordCapture,
  unavailable,
} from './charge-payment.js';
import { refundForCancellation } from './refund-payment.js';

/** The payment that an order is to have. */
export interface ChosenPayment {
  paymentId: string;
  /** Where this side owns it: the transaction, which holds that until it ends. */
  here: Guarded<'payments'> | undefined;
}

export type OrderCharge = Omit<ChargeOrder, 'paymentId'>;

/**
 * What an order does with money, wherever its payment is: in the order's own transaction where this side owns it, over
 * NATS where the service does.
 */
export interface OrderPaymentPort {
  /**
   * Chooses a payment for an order, before any stock of it is locked.
   * @param version that the order was placed as: it tells this attempt at placing it from earlier ones
   */
  choose: (charge: OrderCharge, version: number, transaction: Transaction) => Promise<ChosenPayment>;
  /** Takes the money. @throws AppError `payment_declined`, `timeout`, `unavailable`; BetweenOwners */
  charge: (payment: ChosenPayment, charge: OrderCharge, transaction: Transaction) => Promise<void>;
  /**
   * Gives the money back for an order that is being cancelled. From the question on there is no way back: what becomes of
   * an interrupted cancellation is in its note. @throws AppError `timeout`, `unavailable`; BetweenOwners
   */
  giveBack: (cancellation: Cancellation, transaction: Guarded<'orders'>) => Promise<void>;
  /** Is a cancellation under way that was interrupted? The order must not move on then. */
  hasCancellation: (paymentId: string, transaction: Transaction) => Promise<boolean>;
  /** Takes the note back of an order that is cancelled. */
  endCancellation: (orderId: string, transaction: Guarded<'orders'>) => Promise<void>;
}

/** A charge that was asked for, and whose order came to nothing: to be given back. */
export const giveBackTask = 'give back';

export type GiveBackTask = OrderTask<{ paymentId: string }>;

export interface PortOptions {
  work: PaymentWork;
  remote: RemoteService;
  /** Age at which a note counts as abandoned, in milliseconds: far more than the service is waited for. */
  abandonedAfterMs: number;
  tasks: Pick<TaskWorker<GiveBackTask['detail']>, 'finishing'>;
}

/** Longest waits for an answer, in milliseconds: the service waits for the card provider. */
const patience = { charge: 3_500, outcome: 1_000, giveBack: 3_500 };

export function createOrderPayments(options: PortOptions): OrderPaymentPort {
  const { database } = options.work;
  return {
    choose: choosePayment,
    charge: async ({ paymentId, here }, charge, transaction) => {
      const order = { paymentId, ...charge };
      if (here) await chargePayment(options.work, order, here);
      else await chargeElsewhere(options, order, transaction);
    },
    giveBack: async (cancellation, transaction) => {
      const here = await holdKey('payments', cancellation.paymentId, transaction);
      if (here) {
        await refundForCancellation(options.work, cancellation.paymentId, here);
      } else {
        await giveBackElsewhere(options, cancellation, transaction);
      }
    },
    hasCancellation: (paymentId, transaction) => hasCancellation(database, paymentId, transaction),
    endCancellation: (orderId, transaction) => endCancellationOf(database, orderId, transaction),
  };
}

/**
 * On this side the id follows from what is charged by which attempt, as at the service: a repetition of the attempt is the
 * same charge, whose note says what is to become of it, and no later attempt meets what it has voided. Elsewhere each attempt has a payment of its own: if nothing comes of the attempt it is given
 * back, and that can't touch the payment that a later attempt has taken, on whichever side that was.
 */
async function choosePayment(
  { orderId, amount, method }: OrderCharge,
  version: number,
  transaction: Transaction,
): Promise<ChosenPayment> {
  const attempt = version === 1 ? [] : [String(version)];
  const charged = [orderId, String(amount.amount), amount.currency, method.token];
  const same = deriveId('payments', ...charged, ...attempt);
  const here = await holdKey('payments', same, transaction);
  if (here) return { paymentId: same, here };
  const paymentId = uuidv7();
  return { paymentId, here: await holdKey('payments', paymentId, transaction) };
}

/** A note is committed first that gives the money back; the order's transaction takes it away. */
async function chargeElsewhere(
  { work, remote, abandonedAfterMs, tasks }: PortOptions,
  order: ChargeOrder,
  transaction: Transaction,
): Promise<void> {
  const { attempts: own, database } = work;
  const { paymentId, orderId } = order;
  const note = { orderId, kind: giveBackTask, detail: { paymentId } };
  const taskId = await armTask(own, note, abandonedAfterMs);
  const charged = await askForCharge(questionsOf(remote), order);
  if (charged.kind === 'doubtful') {
    await postponeTask(own, taskId, 0);
    tasks.finishing.nudge();
    throw charged.error;
  }
  if (charged.kind !== 'captured') await removeTask(own, taskId);
  if (charged.kind === 'untouched') throw charged.error;
  if (charged.kind === 'declined') throw declined(work, orderId, charged.reason, transaction);
  if (charged.kind === 'void') throw neverAnswered();
  if (!(await disarmTask(database, taskId, transaction))) {
    throw unavailable(new Error(`charging ${paymentId} took too long: it is given back`));
  }
  recordCapture(work, charged.payment, transaction);
}

function questionsOf(remote: RemoteService): PaymentQuestions {
  return {
    charge: (order) => remote.ask(paymentRequests.charge, order, patience.charge),
    outcome: (paymentId) => remote.ask(paymentRequests.outcome, { paymentId }, patience.outcome),
  };
}

async function giveBackElsewhere(
  { work, remote }: PortOptions,
  cancellation: Cancellation,
  transaction: Guarded<'orders'>,
): Promise<void> {
  const { attempts: own, database } = work;
  const notedBefore = await noteCancellation(own, cancellation);
  const reply = await remote.ask(paymentRequests.giveBack, cancellation, patience.giveBack);
  if (isUndone(reply) && !notedBefore) await dropCancellation(own, cancellation);
  if (reply.kind !== 'answer') throw refusal(cancellation.paymentId, reply);
  if (reply.answer.outcome === 'refunded') {
    const detail = describeMoney(reply.answer.payment.amount);
    work.recordEvent({ orderId: cancellation.orderId, type: 'payment.refunded', detail }, transaction);
  }
  await endCancellation(database, cancellation.paymentId, transaction);
}

/** Nobody was asked, or the owner has decided; `unavailable` and `timeout` leave open what the provider has done. */
function isUndone(reply: Reply<unknown>): boolean {
  if (reply.kind !== 'refused') return reply.kind === 'unreachable';
  return ['not_owner', 'not_found', 'invalid_state'].includes(reply.error.code);
}

/** What a request is told whose payment was not given back by the service. */
function refusal(paymentId: string, reply: Exclude<Reply<unknown>, { kind: 'answer' }>): Error {
  const error = reply.kind === 'refused' ? reply.error : reply.cause;
  if (!(error instanceof AppError)) return unavailable(error);
  if (error.code === 'not_owner') return new BetweenOwners('payments', [paymentId], error);
  return error.code === 'timeout' || error.code === 'invalid_state' ? error : unavailable(error);
}

/**
 * Gives a charge back whose order came to nothing, on whichever side owns it now.
 * @throws when that is still to be done
 */
export async function finishGiveBack(
  { work, remote }: Pick<PortOptions, 'work' | 'remote'>,
  { taskId, orderId, detail: { paymentId } }: GiveBackTask,
): Promise<void> {
  const unwanted = { paymentId, orderId };
  if (!(await gaveBackHere(work, unwanted))) {
    const reply = await remote.ask(paymentRequests.giveBack, unwanted, patience.giveBack);
    if (reply.kind !== 'answer') throw refusal(paymentId, reply);
  }
  await removeTask(work.database, taskId);
}

async function gaveBackHere(work: PaymentWork, unwanted: Cancellation): Promise<boolean> {
  try {
    await giveBack(work, unwanted);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_owner') return false;
    throw error;
  }
}
