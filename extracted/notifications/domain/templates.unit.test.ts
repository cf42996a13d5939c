import { describe, expect, it } from '@jest/globals';
import { templateSchema } from '#contracts/shop/notifications.js';
import { writeText } from './templates.js';

describe('writeText', () => {
  it.each(templateSchema.options)('says something for %s even if it knows nothing', (template) => {
    const text = writeText(template, {});
    expect(text.subject).not.toBe('');
    expect(text.subject + text.body).not.toMatch(/undefined|null/);
  });

  it('names the order and the money', () => {
    const text = writeText('order-confirmed', { orderId: 'o-1', amount: 1299, currency: 'GBP' });
    expect(text).toEqual({
      subject: 'Your order o-1 is confirmed',
      body: 'Thank you. We have received your payment of 12.99 GBP and are packing your order o-1.',
    });
  });

  it('names the carrier', () => {
    const { body } = writeText('order-shipped', {
      orderId: 'o-1',
      carrier: 'Royal Mail',
      trackingNumber: 'RM1',
    });
    expect(body).toBe('Royal Mail is bringing your order o-1. Tracking number: RM1.');
  });

  it('never lets a subject run into the next header', () => {
    expect(writeText('message', { subject: 'Hello\r\nBcc: all@example.com', text: 'x' }).subject).toBe(
      'Hello Bcc: all@example.com',
    );
  });
});
