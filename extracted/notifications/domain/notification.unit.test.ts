import { describe, expect, it } from '@jest/globals';
import { attempted, countAttempt, onceParts, queued, toNotification } from './notification.js';

const then = new Date('2010-12-01T08:26:00.001Z');
const now = new Date('2010-12-01T08:26:05.000Z');
const wanted = {
  channel: 'email',
  to: 'a@example.com',
  template: 'message',
  data: { text: 'Hello' },
} as const;

describe('a notification', () => {
  it('is due at once', () => {
    const notification = queued('n', wanted, then);
    expect(notification).toMatchObject({ dueAt: then, endedAt: null, attempts: 0, version: 1 });
    expect(toNotification(notification)).toEqual({
      notificationId: 'n',
      channel: 'email',
      to: 'a@example.com',
      template: 'message',
      orderId: null,
      status: 'QUEUED',
      attempts: 0,
      version: 1,
      createdAt: then.toISOString(),
      updatedAt: then.toISOString(),
    });
  });

  it.each([
    ['sent', 'SENT'],
    ['refused', 'FAILED'],
  ] as const)('that is %s is over', (result, status) => {
    const notification = attempted(countAttempt(queued('n', wanted, then), result), result, now, undefined);
    expect(notification).toMatchObject({
      dueAt: null,
      endedAt: now,
      attempts: 1,
      version: 2,
      updatedAt: now,
    });
    expect(toNotification(notification).status).toBe(status);
  });

  it('that failed for now is due again after the delay', () => {
    const notification = attempted(countAttempt(queued('n', wanted, then), 'failed'), 'failed', now, 1_000);
    expect(notification.dueAt).toEqual(new Date(now.getTime() + 1_000));
    expect(toNotification(notification)).toMatchObject({ status: 'QUEUED', attempts: 1, version: 2 });
  });

  it.each(['unanswered', 'waiting'] as const)(
    'that is %s counts as one that may have been taken',
    (result) => {
      const tried = countAttempt(queued('n', wanted, then), result);
      expect(tried).toMatchObject({ attempts: 1, unanswered: 1 });
      expect(countAttempt(tried, 'failed')).toMatchObject({ attempts: 2, unanswered: 1 });
    },
  );

  it('is told once for an order, template and channel', () => {
    const occasion = { orderId: 'o', template: 'order-shipped', channel: 'sms' } as const;
    expect(onceParts(occasion)).toEqual(['o', 'order-shipped', 'sms']);
    expect(onceParts({ ...occasion, template: 'message' })).toBeUndefined();
    expect(onceParts({ ...occasion, orderId: undefined })).toBeUndefined();
  });
});
