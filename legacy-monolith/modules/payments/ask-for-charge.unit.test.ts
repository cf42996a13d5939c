import { describe, expect, it } from '@jest/globals';
import type { Charged, ChargeOrder, PaymentOutcome } from '#contracts/shop/payment-requests.js';
import type { Payment } from '#contracts/shop/payments.js';
import { AppError } from '#platform/errors/app-error.js';
import type { Reply } from '#platform/messaging/ask-service.js';
import { BetweenOwners } from '#platform/ownership/await-owner.js';
import { askForCharge } from './ask-for-charge.js';

const order: ChargeOrder = {
  ...{ paymentId: 'p1', orderId: 'o1', amount: { amount: 500, currency: 'GBP' } },
  method: { type: 'card', token: 'tok_visa' },
};
const payment: Payment = {
  ...{ paymentId: 'p1', orderId: 'o1', amount: order.amount, status: 'CAPTURED' },
  ...{ method: { type: 'card', last4: '4242' }, version: 1, createdAt: '', updatedAt: '' },
};
const answer = <Answer>(given: Answer): Reply<Answer> => ({ kind: 'answer', answer: given });
const unanswered = { kind: 'unanswered', cause: new Error('timed out') } as const;
const unreachable = { kind: 'unreachable', cause: new Error('nobody is there') } as const;
const refused = (code: string) => ({ kind: 'refused', error: new AppError(code, code) }) as const;

/** Asks a service that gives these replies. */
async function asking(charge: Reply<Charged>, outcome?: Reply<PaymentOutcome>) {
  const asked: string[] = [];
  const reply = await askForCharge(
    {
      charge: async () => (asked.push('charge'), charge),
      outcome: async () => (asked.push('outcome'), outcome ?? unreachable),
    },
    order,
  );
  return { ...reply, asked };
}

describe('a charge at the service', () => {
  it.each<[string, Charged, string]>([
    ['captured', { outcome: 'captured', payment }, 'captured'],
    ['declined', { outcome: 'declined', reason: 'card_declined' }, 'declined'],
    ['void', { outcome: 'void' }, 'void'],
    ['given back by somebody', { outcome: 'refunded', payment }, 'void'],
  ])('that was %s is not asked for again', async (_what, charged, kind) => {
    expect(await asking(answer(charged))).toMatchObject({ kind, asked: ['charge'] });
  });

  it('that nobody could be asked for has not been touched', async () => {
    expect(await asking(unreachable)).toMatchObject({
      ...{ kind: 'untouched', error: { code: 'unavailable' }, asked: ['charge'] },
    });
  });

  it('that has no owner just now has not been touched, and is waited for', async () => {
    const reply = await asking(refused('not_owner'));
    expect(reply.kind === 'untouched' && reply.error).toBeInstanceOf(BetweenOwners);
  });

  it('that is refused for another reason is in doubt: somebody is at it', async () => {
    expect((await asking(refused('request_in_progress'))).kind).toBe('doubtful');
  });

  it.each<[string, PaymentOutcome, string]>([
    ['captured', { outcome: 'captured', payment }, 'captured'],
    ['declined', { outcome: 'declined', reason: 'card_declined' }, 'declined'],
    ['void', { outcome: 'void' }, 'void'],
    ['still open', { outcome: 'unknown' }, 'doubtful'],
    ['not known of, which it may become', { outcome: 'none' }, 'doubtful'],
  ])('whose answer is lost is asked for: it is %s', async (_what, outcome, kind) => {
    expect(await asking(unanswered, answer(outcome))).toMatchObject({ kind, asked: ['charge', 'outcome'] });
  });

  it.each([
    ['gives no answer', unanswered],
    ['is gone', unreachable],
    ['has handed it over', refused('not_owner')],
  ])('whose answer is lost is in doubt when the service %s', async (_what, outcome) => {
    expect(await asking(unanswered, outcome)).toMatchObject({
      ...{ kind: 'doubtful', error: { code: 'unavailable' } },
    });
  });
});
