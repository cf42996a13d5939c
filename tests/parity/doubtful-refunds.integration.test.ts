import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Express } from 'express';
import type { Sequelize } from 'sequelize';
import request from 'supertest';
import type { Side } from '#contracts/strangler/move.js';
import {
  startTestProviders,
  type TestProviders,
} from '../../deploy/sandboxes/providers/test/start-test-providers.js';
import { pay, refund } from '../../extracted/payments/test/payments-client.js';
import { startTestPayments } from '../../extracted/payments/test/start-test-payments.js';
import { startTestMonolith } from '../../legacy-monolith/test/start-test-monolith.js';
import {
  type ProviderFault,
  startWatchedProviders,
  type WatchedProviders,
} from '../../legacy-monolith/test/start-watched-providers.js';
import { until } from '../support/until.js';

const refunds = /POST .*refund$/;
const attempts = { monolith: 'payment_attempts', service: 'provider_attempts' } as const;

let providers: TestProviders;
let watched: WatchedProviders;
let programs: Record<Side, { app: Express; database: Sequelize; stop(): Promise<void> }>;

beforeAll(async () => {
  providers = await startTestProviders();
  watched = await startWatchedProviders(providers.url);
  // Old enough to be recovered only when a test says so.
  const common = { providersUrl: watched.url };
  programs = {
    monolith: await startTestMonolith({ ...common, recoverPaymentsAfterMs: 600_000 }),
    service: await startTestPayments({ ...common, recoverAfterMs: 600_000 }),
  };
});
afterEach(() => watched.heal());
afterAll(async () => {
  await Promise.all([programs.monolith.stop(), programs.service.stop()]);
  await watched.stop();
  await providers.stop();
});

const later: ProviderFault[] = [
  400,
  401,
  403,
  404,
  408,
  409,
  422,
  425,
  429,
  500,
  502,
  503,
  'lost',
  'unanswered',
];

describe.each(['monolith', 'service'] as const)(
  'a refund at the %s that was carried out without an answer',
  (side) => {
    const notes = async () => {
      const [rows] = await programs[side].database.query(`SELECT kind FROM ${attempts[side]}`);
      return (rows as { kind: string }[]).map(({ kind }) => kind);
    };
    const payment = async (id: string) => (await request(programs[side].app).get(`/payments/${id}`)).body;
    const charge = async (id: string) => (await providers.charges()).find(({ key }) => key === id);
    async function paid(): Promise<string> {
      return (await pay(programs[side].app, { orderId: randomUUID() }).expect(201)).body.paymentId;
    }

    it.each(later)('stays in doubt when the next call is met with %s, and is completed', async (fault) => {
      const paymentId = await paid();
      watched.fail(refunds, fault);
      watched.fail(refunds, 'unanswered', 1);
      const first = await refund(programs[side].app, paymentId);
      expect(first.status).toBeGreaterThanOrEqual(500);
      expect(await charge(paymentId)).toMatchObject({ status: 'REFUNDED' });
      expect(await notes()).toEqual(['refund']);

      // A further request begins with the refusal alone: the note says that there is doubt.
      const second = await refund(programs[side].app, paymentId);
      expect(second.status).toBeGreaterThanOrEqual(500);
      expect(await notes()).toEqual(['refund']);

      watched.heal();
      await refund(programs[side].app, paymentId).expect(200);
      expect(await payment(paymentId)).toMatchObject({ status: 'REFUNDED', version: 2 });
      expect(await notes()).toEqual([]);
    });

    it('is completed by recovery when no client comes back', async () => {
      const paymentId = await paid();
      watched.fail(refunds, 429);
      watched.fail(refunds, 'unanswered', 1);
      await refund(programs[side].app, paymentId);
      watched.heal();
      await programs[side].database.query(
        `UPDATE ${attempts[side]} SET touched_at = touched_at - INTERVAL 1 HOUR`,
      );
      await until('it is refunded', async () => (await payment(paymentId)).status === 'REFUNDED');
      await until('nothing is noted', async () => (await notes()).length === 0);
    });

    it.each([401, 403, 408, 425, 429] as const)(
      'was never asked for where the only answer is %s, and is tried again',
      async (status) => {
        const paymentId = await paid();
        watched.fail(refunds, status);
        expect((await refund(programs[side].app, paymentId)).status).toBe(503);
        expect(await charge(paymentId)).toMatchObject({ status: 'CAPTURED' });
        watched.heal();
        await refund(programs[side].app, paymentId).expect(200);
        expect(await notes()).toEqual([]);
      },
    );

    it.each([404, 409, 422] as const)(
      'is refused where the only answer is the decision %s, without a note',
      async (status) => {
        const paymentId = await paid();
        watched.fail(refunds, status);
        expect((await refund(programs[side].app, paymentId).expect(409)).body.code).toBe('invalid_state');
        expect(await notes()).toEqual([]);
        expect(await payment(paymentId)).toMatchObject({ status: 'CAPTURED', version: 1 });
      },
    );

    it.each([400, 401, 403, 408, 425, 429, 503] as const)(
      'is not mixed up with a charge that was met with %s: nothing is taken',
      async (status) => {
        const key = randomUUID();
        const orderId = randomUUID();
        watched.fail(/POST \/charges$/, status);
        await pay(programs[side].app, { key, orderId }).expect(503);
        expect(await notes()).toEqual([]);
        watched.heal();
        await pay(programs[side].app, { key, orderId }).expect(201);
      },
    );
  },
);
