import { randomUUID } from 'node:crypto';
import request from 'supertest';

/** What `supertest` can send requests to: an application, or the address of one. */
type Target = Parameters<typeof request>[0];

export interface PayOptions {
  token?: string;
  key?: string;
  orderId?: string;
  amount?: number;
}

/** Payments as a client uses them, whichever side answers. */
export function pay(target: Target, { token = 'tok_visa', key = randomUUID(), ...rest }: PayOptions = {}) {
  const { orderId = 'order-1', amount = 1299 } = rest;
  return request(target)
    .post('/payments')
    .set('idempotency-key', key)
    .send({ orderId, amount: { amount, currency: 'GBP' }, method: { type: 'card', token } });
}

export function refund(target: Target, paymentId: string, key: string = randomUUID()) {
  return request(target).post(`/payments/${paymentId}/refund`).set('idempotency-key', key);
}

export async function paymentsOf(target: Target, orderId = 'order-1') {
  return (await request(target).get(`/payments?orderId=${orderId}`).expect(200)).body.items;
}
