import type { Settlement } from '#contracts/shop/order-requests.js';
import type { OrderStatus } from '#contracts/shop/orders.js';
import type { OrderAction } from './order-status.js';

/** An order, as far as it decides what a settlement means for it. */
export interface SettledOrder {
  status: OrderStatus;
  paymentId: string | null;
}

/** A settlement that brings the order somewhere. */
export type ChangingSettlement = Settlement & { to: Exclude<Settlement['to'], 'UNCHANGED'> };

/** What has to be done to an order to bring it where its settlement wants it. */
export const settlingAction: Record<ChangingSettlement['to'], OrderAction> = {
  CONFIRMED: 'confirm',
  REJECTED: 'reject',
  CANCELLED: 'cancel',
};

/**
 * Decides what to make of a settlement, which may be asked for again and again, while others go on with the order.
 * @returns `settled` if it has been where it should go, even if it has moved on since
 */
export function decideSettlement(
  { status, paymentId }: SettledOrder,
  settlement: Pick<Settlement, 'from' | 'to' | 'paymentId'>,
): 'settle' | 'settled' | 'refuse' {
  const { from, to } = settlement;
  if (to === 'UNCHANGED') return 'settled';
  if (to === 'CONFIRMED' && paymentId !== null) {
    return paymentId === settlement.paymentId ? 'settled' : 'refuse';
  }
  if (status === to) return 'settled';
  // Its client was faster: whoever took its money and stock has given them back, and nothing is left to reject.
  if (to === 'REJECTED' && status === 'CANCELLED') return 'settled';
  return from.includes(status) ? 'settle' : 'refuse';
}
