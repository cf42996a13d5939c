import { describe, expect, it } from '@jest/globals';
import { capture, isRefunded, refund, toPayment } from './payment.js';

const then = new Date('2010-12-01T08:26:00.001Z');
const now = new Date('2010-12-02T08:26:00.001Z');
const order = { paymentId: 'p', orderId: 'o', last4: '4242' };

describe('a payment', () => {
  it('is shown to clients as the contract says, without the sums that it is made of', () => {
    const payment = capture({ ...order, amount: { amount: 1299, currency: 'GBP' } }, then);
    expect(toPayment(payment)).toEqual({
      paymentId: 'p',
      orderId: 'o',
      amount: { amount: 1299, currency: 'GBP' },
      status: 'CAPTURED',
      method: { type: 'card', last4: '4242' },
      version: 1,
      createdAt: then.toISOString(),
      updatedAt: then.toISOString(),
    });
  });

  it.each([1299, 0])('of %i goes back as a whole, and shows it', (amount) => {
    const payment = refund(capture({ ...order, amount: { amount, currency: 'GBP' } }, then), now);
    expect(payment).toMatchObject({ capturedAmount: amount, refundedAmount: amount });
    expect(isRefunded(payment)).toBe(true);
    expect(toPayment(payment)).toMatchObject({
      amount: { amount },
      status: 'REFUNDED',
      version: 2,
      createdAt: then.toISOString(),
      updatedAt: now.toISOString(),
    });
  });
});
