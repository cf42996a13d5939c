import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  startTestProviders,
  type TestProviders,
} from '../../../deploy/sandboxes/providers/test/start-test-providers.js';
import { until } from '../../../tests/support/until.js';
import { pay, paymentsOf, refund } from './payments-client.js';
import { startTestPayments, type TestPayments } from './start-test-payments.js';

let providers: TestProviders;
let one: TestPayments;
let other: TestPayments;

beforeAll(async () => {
  providers = await startTestProviders();
  one = await startTestPayments({ providersUrl: providers.url });
  other = await startTestPayments({
    ...{ databaseUrl: one.databaseUrl, providersUrl: providers.url },
  });
});
afterAll(async () => {
  await other.stop();
  await one.stop();
  await providers.stop();
});

const chargesOf = async (orderId: string) =>
  (await providers.charges()).filter(({ reference }) => reference === orderId).map(({ status }) => status);

describe('two instances', () => {
  it('take a payment once when both are asked at the same time', async () => {
    const wanted = { key: randomUUID(), token: 'tok_flaky', orderId: 'once' };
    const apps = [one.app, other.app, one.app, other.app];
    const answers = await Promise.all(apps.map((app) => pay(app, wanted)));
    for (const { status, body } of answers) {
      expect([status, body.code]).toEqual(status === 201 ? [201, undefined] : [409, 'request_in_progress']);
    }
    expect(answers.map(({ status }) => status)).toContain(201);
    expect((await pay(other.app, wanted).expect(201)).headers['idempotency-replayed']).toBe('true');
    expect(await chargesOf('once')).toEqual(['CAPTURED']);
    expect(await paymentsOf(one.app, 'once')).toHaveLength(1);
  });

  it('give a payment back once when both are asked at the same time', async () => {
    const { paymentId } = (await pay(one.app, { orderId: 'back' }).expect(201)).body;
    const apps = [one.app, other.app, one.app, other.app];
    const answers = await Promise.all(apps.map((app) => refund(app, paymentId)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    expect(await paymentsOf(one.app, 'back')).toMatchObject([{ status: 'REFUNDED', version: 2 }]);
    expect(await chargesOf('back')).toEqual(['REFUNDED']);
  });

  it('settle what a third has left behind once', async () => {
    for (let n = 0; n < 12; n++) {
      const { paymentId } = (await pay(one.app, { orderId: 'left' }).expect(201)).body;
      await one.database.query(
        `INSERT INTO provider_attempts VALUES (?, 'left', 'refund', 0, UTC_TIMESTAMP(3) - INTERVAL 1 HOUR)`,
        { replacements: [paymentId] },
      );
    }
    const { databaseUrl } = one;
    const recoverAfterMs = 30_000;
    const options = { databaseUrl, providersUrl: providers.url, recoverAfterMs };
    const recovering = [await startTestPayments(options), await startTestPayments(options)];
    try {
      await until('no attempt is open', async () => {
        const [rows] = await one.database.query('SELECT 1 FROM provider_attempts');
        return rows.length === 0;
      });
      const after: { version: number; status: string }[] = await paymentsOf(one.app, 'left');
      expect(after.map(({ status, version }) => [status, version])).toEqual(
        Array.from({ length: 12 }, () => ['REFUNDED', 2]),
      );
      expect(await chargesOf('left')).toEqual(Array.from({ length: 12 }, () => 'REFUNDED'));
    } finally {
      for (const { stop } of recovering) await stop();
    }
  });
});
