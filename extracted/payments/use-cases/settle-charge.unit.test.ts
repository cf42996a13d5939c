import { describe, expect, it } from '@jest/globals';
import type { Charge } from '#contracts/shop/provider.js';
import type { PaymentProvider, ProviderReply } from '../domain/payment-provider.js';
import { settleCharge } from './settle-charge.js';

const request = { amount: 1, currency: 'GBP', token: 'tok_visa', reference: 'o' };
const patience = { chargeMs: 40, settleMs: 20, pauseMs: 1 };
const failed: ProviderReply = { kind: 'failed', cause: new Error('answered 500') };
const unanswered: ProviderReply = { kind: 'unanswered', cause: new Error('timed out') };
const unreachable: ProviderReply = { kind: 'unreachable', cause: new Error('connection refused') };
const absent: ProviderReply = { kind: 'refused', status: 404 };

function charge(status: Charge['status']): ProviderReply {
  const charged = {
    key: 'k',
    status,
    amount: 1,
    currency: 'GBP',
    reference: 'o',
    last4: '4242',
    reason: null,
  };
  return { kind: 'charge', charge: { ...charged, createdAt: '', updatedAt: '' } };
}

type Call = 'charge' | 'find' | 'voidCharge';

/** A provider that answers each call from a list, its last answer again and again, and notes what it was asked. */
function scripted(script: Partial<Record<Call, ProviderReply[]>>) {
  const asked: Call[] = [];
  const answer = (call: Call) => async (): Promise<ProviderReply> => {
    asked.push(call);
    const replies = script[call] ?? [];
    return (replies.length > 1 ? replies.shift() : replies[0]) ?? unreachable;
  };
  const provider: PaymentProvider = {
    charge: answer('charge'),
    find: answer('find'),
    voidCharge: answer('voidCharge'),
    refund: () => Promise.reject(new Error('nobody refunds while charging')),
  };
  let now = 0;
  const startStopwatch = () => {
    const started = now;
    return {
      elapsed: () => (now += 1) - started,
      pause: async (milliseconds: number) => void (now += milliseconds),
    };
  };
  const settle = (again = false) => settleCharge({ provider, patience, startStopwatch }, 'k', request, again);
  return { asked, settle };
}

describe('a charge', () => {
  it.each([
    ['is captured', { charge: [charge('CAPTURED')] }, 'captured'],
    ['is declined', { charge: [charge('DECLINED')] }, 'declined'],
    ['was voided before', { charge: [charge('VOIDED')] }, 'void'],
    ['was given back before', { charge: [charge('REFUNDED')] }, 'void'],
    ['can not be sent', { charge: [unreachable] }, 'untouched'],
    [
      'fails twice and then succeeds',
      { charge: [failed, failed, charge('CAPTURED')], find: [absent] },
      'captured',
    ],
    ['always fails', { charge: [failed], find: [absent] }, 'untouched'],
    ['fails, and nobody knows of it', { charge: [failed], find: [unreachable] }, 'unknown'],
    ['is captured without an answer', { charge: [unanswered], find: [charge('CAPTURED')] }, 'captured'],
    [
      'is captured while it is asked for',
      { charge: [unanswered], find: [charge('PROCESSING'), charge('PROCESSING'), charge('CAPTURED')] },
      'captured',
    ],
    [
      'is never finished',
      { charge: [unanswered], find: [charge('PROCESSING')], voidCharge: [charge('VOIDED')] },
      'void',
    ],
    [
      'is captured just before it would be voided',
      { charge: [unanswered], find: [charge('PROCESSING')], voidCharge: [charge('CAPTURED')] },
      'captured',
    ],
    [
      'may still arrive',
      { charge: [unanswered, unreachable], find: [absent], voidCharge: [charge('VOIDED')] },
      'void',
    ],
    ['may still arrive, and can not be voided', { charge: [unanswered], find: [absent] }, 'unknown'],
    ['is not what the key was used for', { charge: [{ kind: 'refused' as const, status: 422 }] }, 'unknown'],
  ])('that %s is settled', async (_what, script, outcome) => {
    expect(await scripted(script).settle()).toMatchObject({ outcome });
  });

  it('is asked for before it is called again', async () => {
    const { asked, settle } = scripted({ charge: [failed, charge('CAPTURED')], find: [absent] });
    await settle();
    expect(asked).toEqual(['charge', 'find', 'charge']);
  });

  it('is not called again once it is known', async () => {
    const { asked, settle } = scripted({ charge: [failed], find: [charge('CAPTURED')] });
    await settle();
    expect(asked).toEqual(['charge', 'find']);
  });

  it('that somebody has begun before is asked for first, and not charged again', async () => {
    const { asked, settle } = scripted({ find: [charge('PROCESSING'), charge('CAPTURED')] });
    expect(await settle(true)).toMatchObject({ outcome: 'captured' });
    expect(asked).toEqual(['find', 'find']);
  });

  it('that somebody has begun before, and that never arrived, is charged', async () => {
    const { asked, settle } = scripted({ find: [absent], charge: [charge('CAPTURED')] });
    expect(await settle(true)).toMatchObject({ outcome: 'captured' });
    expect(asked).toEqual(['find', 'charge']);
  });

  it.each([
    ['nobody can be asked about', { find: [unreachable] }, 'unknown'],
    [
      'may still arrive from whoever began it',
      { find: [absent], charge: [failed], voidCharge: [charge('VOIDED')] },
      'void',
    ],
  ])('that somebody has begun before and that %s is settled', async (_what, script, outcome) => {
    expect(await scripted(script).settle(true)).toMatchObject({ outcome });
  });
});
