import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import request from 'supertest';
import {
  startTestProviders,
  type TestProviders,
} from '../../../deploy/sandboxes/providers/test/start-test-providers.js';
import {
  startWatchedProviders,
  type WatchedProviders,
} from '../../../legacy-monolith/test/start-watched-providers.js';
import { deriveId } from '#platform/ownership/derive-id.js';
import { testServers } from '../../../tests/support/servers.js';
import { type RunningProgram, startProgram } from '../../../tests/support/start-program.js';
import { until } from '../../../tests/support/until.js';
import { pay, paymentsOf, refund } from './payments-client.js';
import { startTestPayments, type TestPayments } from './start-test-payments.js';

let providers: TestProviders;
let watched: WatchedProviders;
/** Stays alive, and recovers what the other leaves behind. */
let survivor: TestPayments;
/** Is killed at the worst moment. */
let victim: RunningProgram;

beforeEach(async () => {
  providers = await startTestProviders();
  watched = await startWatchedProviders(providers.url);
  survivor = await startTestPayments({ providersUrl: providers.url });
  victim = await startProgram(new URL('../main.ts', import.meta.url), {
    MYSQL_URL: survivor.databaseUrl,
    NATS_URL: testServers().natsUrl,
    PAYMENT_PROVIDER_URL: watched.url,
    PAYMENT_RECOVERY_AFTER_MS: '600000',
    PAYMENT_TIMEOUT_MS: '10000',
  });
});
afterEach(async () => {
  await victim.kill();
  await survivor.stop();
  await watched.stop();
  await providers.stop();
});

const openAttempts = async (): Promise<number> => {
  const [rows] = await survivor.database.query('SELECT COUNT(*) AS open FROM provider_attempts');
  return Number((rows[0] as { open: number }).open);
};
/** What a crash has left is settled when it is old enough. */
const allSettled = async () => {
  await survivor.database.query('UPDATE provider_attempts SET touched_at = touched_at - INTERVAL 1 HOUR');
  await until('no attempt is open', async () => (await openAttempts()) === 0);
};
const statuses = async () => (await providers.charges()).map(({ status }) => status);
const ignoreLostAnswer = () => undefined;

describe('a service that dies between charge and commit', () => {
  beforeEach(() => watched.onAnswer(/POST \/charges$/, () => victim.kill()));

  it('is forgiven when the client tries again at once: the payment is the charge that there is', async () => {
    const key = randomUUID();
    await pay(victim.url, { key }).then(ignoreLostAnswer, ignoreLostAnswer);
    expect(await openAttempts()).toBe(1);
    const answer = await pay(survivor.app, { key }).expect(201);
    expect(await providers.charges()).toMatchObject([{ key: answer.body.paymentId, status: 'CAPTURED' }]);
    expect(await openAttempts()).toBe(0);
  });

  it('has its charge given back when nobody tries again; a late retry is charged anew', async () => {
    const key = randomUUID();
    await pay(victim.url, { key }).then(ignoreLostAnswer, ignoreLostAnswer);
    await allSettled();
    expect(await statuses()).toEqual(['REFUNDED']);
    const { paymentId } = (await pay(survivor.app, { key }).expect(201)).body;
    expect(paymentId).not.toBe(deriveId('payments', key));
    expect(await statuses()).toEqual(['REFUNDED', 'CAPTURED']);
    expect(await paymentsOf(survivor.app)).toMatchObject([{ paymentId, status: 'CAPTURED' }]);
  });
});

describe('a charge that never reached the provider, and was voided', () => {
  it('is made by the same request under its key, and by no other', async () => {
    const { databaseUrl } = survivor;
    const service = await startTestPayments({ databaseUrl, providersUrl: watched.url, idle: true });
    const key = randomUUID();
    watched.fail(/POST \/charges$/, 'lost');
    for (let time = 1; time <= 2; time += 1) await pay(service.app, { key }).expect(504);
    watched.heal();
    await pay(service.app, { key, token: 'tok_flaky' }).expect(422);
    const both = await Promise.all([pay(service.app, { key }), pay(service.app, { key })]);
    expect(both.map(({ status }) => status).filter((status) => status !== 409)).toContain(201);
    const { body, headers } = await pay(service.app, { key }).expect(201);
    expect(headers['location']).toBe(`/payments/${body.paymentId}`);
    expect((await statuses()).toSorted()).toEqual(['CAPTURED', 'VOIDED', 'VOIDED']);
    expect(await openAttempts()).toBe(0);
    await service.stop();
  });
});

describe('a service that dies while the provider still works on the charge', () => {
  it('leaves a charge that is voided before it can be captured', async () => {
    const lost = pay(victim.url, { token: 'tok_timeout' }).then(ignoreLostAnswer, ignoreLostAnswer);
    await until('the provider is asked', () => watched.asked().includes('POST /charges'));
    // Else it would void the charge by itself, once it has waited for long enough.
    victim.pause();
    await until('the charge is begun', async () => (await statuses())[0] === 'PROCESSING');
    await victim.kill();
    await lost;
    await allSettled();
    expect(await statuses()).toEqual(['VOIDED']);
  });
});

describe('a service that dies between refund and commit', () => {
  it('has its payment marked as refunded all the same', async () => {
    const { paymentId } = (await pay(survivor.app).expect(201)).body;
    watched.onAnswer(/refund$/, () => victim.kill());
    await refund(victim.url, paymentId).then(ignoreLostAnswer, ignoreLostAnswer);
    await allSettled();
    const payment = (await request(survivor.app).get(`/payments/${paymentId}`)).body;
    expect(payment).toMatchObject({ status: 'REFUNDED', version: 2 });
    expect(await statuses()).toEqual(['REFUNDED']);
  });
});

describe('a service that lives on but is slower than recovery', () => {
  it('does not keep a payment whose charge was given back', async () => {
    watched.onAnswer(/POST \/charges$/, allSettled);
    const { databaseUrl } = survivor;
    const slow = await startTestPayments({ databaseUrl, providersUrl: watched.url, idle: true });
    try {
      await pay(slow.app).expect(504);
      expect(await statuses()).toEqual(['REFUNDED']);
      expect(await paymentsOf(slow.app)).toEqual([]);
    } finally {
      await slow.stop();
    }
  });
});

describe('a charge whose note has changed while the provider was asked', () => {
  const key = 'changed';
  const whileAsked = async (change: string) => {
    watched.onAnswer(/POST \/charges$/, async () => {
      await survivor.database.query(`UPDATE provider_attempts SET ${change}`);
    });
    const { databaseUrl } = survivor;
    const slow = await startTestPayments({ databaseUrl, providersUrl: watched.url, idle: true });
    const answer = await pay(slow.app, { key });
    await slow.stop();
    expect(await paymentsOf(survivor.app)).toEqual([]);
    return answer;
  };

  it('is not written down when it was given up, even if nobody has ended it yet', async () => {
    const answer = await whileAsked('given_up = 1');
    expect([answer.status, answer.body.code]).toEqual([504, 'timeout']);
    await allSettled();
    expect(await statuses()).toEqual(['REFUNDED']);
  });

  it('is left to whoever has taken it up since', async () => {
    const answer = await whileAsked('touched_at = UTC_TIMESTAMP(3) + INTERVAL 1 SECOND');
    expect([answer.status, answer.body.code]).toEqual([409, 'request_in_progress']);
    await allSettled();
    // That was no answer to keep.
    expect((await pay(survivor.app, { key })).status).toBe(201);
    expect(await statuses()).toEqual(['REFUNDED', 'CAPTURED']);
  });
});
