import type { SayEvents } from '#platform/outbox/record-events.js';
import type { CapturedPayment } from '../domain/payment.js';
import type { SettlingWork } from './settle-charge.js';

/** Where the use cases find payments. */
export interface Payments<Transaction> {
  find: (paymentId: string, transaction?: Transaction) => Promise<CapturedPayment | undefined>;
  lock: (paymentId: string, transaction: Transaction) => Promise<CapturedPayment | undefined>;
  add: (payment: CapturedPayment, transaction: Transaction) => Promise<void>;
  save: (payment: CapturedPayment, transaction: Transaction) => Promise<void>;
}

/** What the provider is asked for. */
export interface Attempt {
  paymentId: string;
  orderId: string;
  kind: 'charge' | 'refund';
}

/** A note that somebody has begun, or taken up again: from then on it is theirs alone to finish. */
export interface Begun {
  /** `taken`: the charge has been given up, or something else is being done to the payment. */
  how: 'new' | 'again' | 'taken';
  token: string;
}

/** Where they note what the provider is about to be asked for, until its outcome is written down. */
export interface Attempts<Transaction> {
  begin: (attempt: Attempt, transaction: Transaction) => Promise<Begun>;
  /**
   * In the transaction that writes the outcome down.
   * @returns false if the note is gone, was given up, or was taken up by somebody else
   */
  finish: (paymentId: string, token: string, transaction: Transaction) => Promise<boolean>;
  drop: (paymentId: string, transaction: Transaction) => Promise<void>;
  find: (paymentId: string, transaction: Transaction) => Promise<{ givenUp: boolean } | undefined>;
  /** From now on nobody writes this charge down as captured, whatever the provider says. */
  giveUp: (charge: Omit<Attempt, 'kind'>, transaction: Transaction) => Promise<void>;
  /**
   * Takes what nobody has touched for so many milliseconds, as far as this side owns it; other instances pass over it
   * for as long again. Charges are given up by that.
   */
  claimAbandoned(afterMs: number, limit: number): Promise<Attempt[]>;
}

/** What the use cases work with. */
export interface PaymentWork<Transaction> extends SettlingWork {
  payments: Payments<Transaction>;
  attempts: Attempts<Transaction>;
  clock: () => Date;
  say: SayEvents<Transaction>;
  /**
   * Runs work in a transaction that first holds the payment's ownership. The provider is never asked in one, so that
   * no hand-over waits for it: what is noted before goes along, and whoever owns the payment then carries on.
   * @throws AppError `not_owner`
   */
  guarded: <Result>(
    paymentId: string,
    work: (transaction: Transaction) => Promise<Result>,
  ) => Promise<Result>;
  /** Runs work on a payment that no other request does at the same time. @throws what `busy` makes, if one does */
  alone: <Result>(paymentId: string, busy: () => Error, work: () => Promise<Result>) => Promise<Result>;
}
