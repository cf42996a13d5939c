import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { type ChargeOrder, paymentRequests } from '#contracts/shop/payment-requests.js';
import { atMonolith, type ServiceEndpoint } from '#contracts/strangler/service-endpoint.js';
import { askService } from '#platform/messaging/ask-service.js';
import { linkNats, type NatsLink } from '#platform/messaging/link-nats.js';
import { createLogger } from '#platform/telemetry/logger.js';
import {
  startTestProviders,
  type TestProviders,
} from '../../deploy/sandboxes/providers/test/start-test-providers.js';
import { startTestPayments, type TestPayments } from '../../extracted/payments/test/start-test-payments.js';
import { startTestMonolith, type TestMonolith } from '../../legacy-monolith/test/start-test-monolith.js';
import { testServers } from '../support/servers.js';
import { until } from '../support/until.js';

/** As `atMonolith`, for the side whose endpoints are as they are. */
const atService: typeof atMonolith = (endpoint) => endpoint;

describe.each([
  ['the payments service', startTestPayments, atService],
  ['the monolith', startTestMonolith, atMonolith],
] as const)('%s is asked for', (_side, start, of) => {
  let providers: TestProviders;
  let payments: TestPayments | TestMonolith;
  let link: NatsLink;

  beforeAll(async () => {
    const { natsUrl } = testServers();
    providers = await startTestProviders();
    payments = await start({ providersUrl: providers.url, natsUrl, idle: true });
    link = linkNats('test', natsUrl, createLogger('test', 'silent'));
    await until('NATS is there', () => link.connection() !== undefined);
  });
  afterEach(() => payments.database.query("UPDATE payments_ownership SET state = 'owned'"));
  afterAll(async () => {
    await link.close();
    await payments.stop();
    await providers.stop();
  });

  const ask = <Request extends z.ZodType, Answer extends z.ZodType>(
    endpoint: ServiceEndpoint<Request, Answer>,
    request: z.input<Request>,
  ) => askService(link, of(endpoint), request, 10_000);

  function order(token = 'tok_visa'): ChargeOrder {
    const amount = { amount: 1299, currency: 'GBP' };
    return { paymentId: randomUUID(), orderId: randomUUID(), amount, method: { type: 'card', token } };
  }
  const charge = (request: ChargeOrder) => ask(paymentRequests.charge, request);
  const giveBack = ({ paymentId, orderId }: ChargeOrder) =>
    ask(paymentRequests.giveBack, { paymentId, orderId });
  const outcome = ({ paymentId }: ChargeOrder) => ask(paymentRequests.outcome, { paymentId });
  const statusOf = async ({ paymentId }: ChargeOrder) =>
    (await providers.charges()).filter(({ key }) => key === paymentId).map(({ status }) => status);
  const answers = (answer: object) => ({ kind: 'answer', answer });
  const paid = (status: string, { paymentId }: ChargeOrder) => ({ payment: { paymentId, status } });

  describe('a charge, which', () => {
    it('is taken once, however often it is asked for', async () => {
      const request = order();
      const captured = answers({ outcome: 'captured', ...paid('CAPTURED', request) });
      expect(await charge(request)).toMatchObject(captured);
      expect(await charge(request)).toMatchObject(captured);
      expect(await outcome(request)).toMatchObject(captured);
      expect(await statusOf(request)).toEqual(['CAPTURED']);
    });

    it.each([
      ['tok_chargeDeclined', 'declined', 'DECLINED'],
      ['tok_timeout', 'void', 'VOIDED'],
      ['tok_flaky', 'captured', 'CAPTURED'],
    ])('ends for good with %s: %s', async (token, end, status) => {
      const request = order(token);
      for (let time = 0; time < 2; time++)
        expect(await charge(request)).toMatchObject(answers({ outcome: end }));
      expect(await outcome(request)).toMatchObject(answers({ outcome: end }));
      expect(await statusOf(request)).toEqual([status]);
    });

    it('is unavailable while the provider is, and can be asked for again', async () => {
      const request = order();
      await providers.goDown();
      expect(await charge(request)).toMatchObject({ kind: 'unanswered', cause: { code: 'unavailable' } });
      await providers.comeBack();
      expect(await outcome(request)).toEqual(answers({ outcome: 'none' }));
      expect(await charge(request)).toMatchObject(answers({ outcome: 'captured' }));
    });

    it('is refused where the payment is not owned, with nothing asked of the provider', async () => {
      await payments.database.query("UPDATE payments_ownership SET state = 'released'");
      const request = order();
      for (const asking of [charge(request), giveBack(request), outcome(request)]) {
        expect(await asking).toMatchObject({ kind: 'refused', error: { code: 'not_owner' } });
      }
      expect(await statusOf(request)).toEqual([]);
    });
  });

  describe('the return of a payment, which', () => {
    it('goes back once, however often that is asked for', async () => {
      const request = order();
      await charge(request);
      const refunded = answers({ outcome: 'refunded', ...paid('REFUNDED', request) });
      for (let time = 0; time < 3; time++) expect(await giveBack(request)).toMatchObject(refunded);
      expect(await outcome(request)).toMatchObject(refunded);
      expect(await charge(request)).toMatchObject(refunded);
      expect(await statusOf(request)).toEqual(['REFUNDED']);
    });

    it('is never taken by a charge that comes late', async () => {
      const request = order();
      expect(await giveBack(request)).toEqual(answers({ outcome: 'void' }));
      expect(await charge(request)).toEqual(answers({ outcome: 'void' }));
      expect(await statusOf(request)).toEqual(['VOIDED']);
    });

    it('is not kept by a charge that is still on its way', async () => {
      const request = order('tok_timeout');
      const charging = charge(request);
      await until('the charge is begun', async () => (await statusOf(request)).length > 0);
      expect(await giveBack(request)).toEqual(answers({ outcome: 'void' }));
      expect(await charging).toEqual(answers({ outcome: 'void' }));
      expect(await statusOf(request)).toEqual(['VOIDED']);
    });

    it('that was declined stays so', async () => {
      const request = order('tok_chargeDeclined');
      await charge(request);
      expect(await giveBack(request)).toMatchObject(answers({ outcome: 'declined' }));
    });

    it('is given up for good even if the provider can not be asked', async () => {
      const request = order();
      await providers.goDown();
      expect(await giveBack(request)).toMatchObject({ kind: 'unanswered', cause: { code: 'unavailable' } });
      await providers.comeBack();
      expect(await outcome(request)).toEqual(answers({ outcome: 'void' }));
      expect(await charge(request)).toEqual(answers({ outcome: 'void' }));
      expect(await giveBack(request)).toEqual(answers({ outcome: 'void' }));
      expect(await statusOf(request)).toEqual(['VOIDED']);
    });
  });

  describe('the outcome of a charge, which', () => {
    it('is none before it was asked for, and unknown while it is found out', async () => {
      const request = order('tok_timeout');
      expect(await outcome(request)).toEqual(answers({ outcome: 'none' }));
      const charging = charge(request);
      await until('the charge is begun', async () => (await statusOf(request)).length > 0);
      expect(await outcome(request)).toEqual(answers({ outcome: 'unknown' }));
      expect(await charging).toEqual(answers({ outcome: 'void' }));
    });
  });
});
