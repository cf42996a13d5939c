import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Express } from 'express';
import { QueryTypes, type Sequelize } from 'sequelize';
import { otherSide, type Side } from '#contracts/strangler/move.js';
import { deriveId } from '#platform/ownership/derive-id.js';
import {
  startTestProviders,
  type TestProviders,
} from '../../deploy/sandboxes/providers/test/start-test-providers.js';
import { pay, paymentsOf, refund } from '../../extracted/payments/test/payments-client.js';
import { startTestPayments, type TestPayments } from '../../extracted/payments/test/start-test-payments.js';
import { startTestMonolith, type TestMonolith } from '../../legacy-monolith/test/start-test-monolith.js';
import {
  startWatchedProviders,
  type WatchedProviders,
} from '../../legacy-monolith/test/start-watched-providers.js';
import { payments as move } from '../../migrations/moves/payments.js';
import { grantByHand, handOverByHand, releaseByHand } from '../support/hand-over-by-hand.js';
import { until } from '../support/until.js';
import { wideMs } from '../support/wide-limits.js';

let providers: TestProviders;
let watched: WatchedProviders;
let monolith: TestMonolith;
let service: TestPayments;
let apps: Record<Side, Express>;
let databases: Record<Side, Sequelize>;

const attempts = { monolith: 'payment_attempts', service: 'provider_attempts' } as const;

beforeEach(async () => {
  providers = await startTestProviders();
  watched = await startWatchedProviders(providers.url);
  const common = { providersUrl: watched.url, idle: true };
  monolith = await startTestMonolith(common);
  // The provider breaks off what it never answers when a test says so.
  service = await startTestPayments({ ...common, timeoutMs: wideMs, released: true });
  apps = { monolith: monolith.app, service: service.app };
  databases = { monolith: monolith.database, service: service.database };
});
afterEach(async () => {
  await Promise.all([monolith.stop(), service.stop()]);
  await watched.stop();
  await providers.stop();
});

const statuses = async () => (await providers.charges()).map(({ status }) => status);
const openAttempts = async (side: Side) =>
  (await databases[side].query(`SELECT 1 FROM ${attempts[side]}`, { type: QueryTypes.SELECT })).length;
const moveTo = (side: Side, paymentId: string) => handOverByHand(databases, move, [paymentId], side);

/** Programs of a side that recover at once, until the attempts of that side are settled. */
async function recoverOn(side: Side): Promise<void> {
  const common = { databaseUrl: databaseUrlOf(side), providersUrl: watched.url };
  await databases[side].query(`UPDATE ${attempts[side]} SET touched_at = touched_at - INTERVAL 1 HOUR`);
  const program =
    side === 'monolith'
      ? await startTestMonolith({ ...common, recoverPaymentsAfterMs: 30_000 })
      : await startTestPayments({ ...common, recoverAfterMs: 30_000 });
  await until('nothing is left open', async () => (await openAttempts(side)) === 0);
  await program.stop();
}

function databaseUrlOf(side: Side): string {
  return side === 'monolith' ? monolith.databaseUrl : service.databaseUrl;
}

describe('a charge that is under way at the service when its bucket goes', () => {
  it('is taken over by the monolith: the money is taken once, and the client has its payment', async () => {
    const key = randomUUID();
    const paymentId = deriveId('payments', key);
    await moveTo('service', paymentId);
    let moved: Promise<void> | undefined;
    watched.onAnswer(/POST \/charges$/, () => (moved ??= moveTo('monolith', paymentId)));
    expect((await pay(service.app, { key }).expect(421)).body.code).toBe('not_owner');
    const answer = await pay(monolith.app, { key }).expect(201);
    expect(answer.body.paymentId).toBe(paymentId);
    expect(await providers.totals()).toMatchObject([{ captures: 1, refunds: 0 }]);
    expect(await openAttempts('monolith')).toBe(0);
  });

  it('does not hold the release up, however long the provider takes', async () => {
    const key = randomUUID();
    const paymentId = deriveId('payments', key);
    await moveTo('service', paymentId);
    let answered = false;
    const paying = pay(service.app, { key, token: 'tok_timeout' }).then((answer) => {
      answered = true;
      return answer;
    });
    await until('the charge is begun', async () => (await statuses()).length > 0);
    await moveTo('monolith', paymentId);
    expect(answered).toBe(false);
    watched.breakOff();
    expect((await paying).status).toBe(421);
    expect((await pay(monolith.app, { key, token: 'tok_timeout' })).status).toBe(504);
    // The service has voided what it had begun: the monolith makes an attempt of its own.
    expect(await statuses()).toEqual(['VOIDED', 'VOIDED']);
    expect(await openAttempts('monolith')).toBe(0);
  });

  it('is ended by the monolith when nobody asks for it again', async () => {
    const key = randomUUID();
    const paymentId = deriveId('payments', key);
    await moveTo('service', paymentId);
    let moved: Promise<void> | undefined;
    watched.onAnswer(/POST \/charges$/, () => (moved ??= moveTo('monolith', paymentId)));
    await pay(service.app, { key }).expect(421);
    await recoverOn('monolith');
    expect(await statuses()).toEqual(['REFUNDED']);
    const { paymentId: another } = (await pay(monolith.app, { key }).expect(201)).body;
    expect(another).not.toBe(paymentId);
    expect(await statuses()).toEqual(['REFUNDED', 'CAPTURED']);
  });
});

describe('a charge whose transaction at the monolith is killed for a release', () => {
  /** What the sidecar does when the operator allows it. */
  async function killAndRelease(paymentId: string): Promise<void> {
    const holders = await monolith.database.query<{ id: number }>(
      `SELECT DISTINCT trx_mysql_thread_id AS id FROM information_schema.innodb_trx
       JOIN information_schema.processlist ON id = trx_mysql_thread_id
       WHERE db = DATABASE() AND trx_rows_locked > 0`,
      { type: QueryTypes.SELECT },
    );
    for (const { id } of holders) await monolith.database.query(`KILL ${id}`);
    await releaseByHand(databases, move, [paymentId], 'monolith');
    await grantByHand(databases, move, [paymentId], 'service');
  }

  it('is taken over by the service', async () => {
    const key = randomUUID();
    const paymentId = deriveId('payments', key);
    let released: Promise<void> | undefined;
    watched.onAnswer(/POST \/charges$/, () => (released ??= killAndRelease(paymentId)));
    expect((await pay(monolith.app, { key })).status).toBeGreaterThanOrEqual(400);
    await released;
    expect(await openAttempts('service')).toBe(1);
    const answer = await pay(service.app, { key }).expect(201);
    expect(answer.body.paymentId).toBe(paymentId);
    expect(await providers.totals()).toMatchObject([{ captures: 1, refunds: 0 }]);
    expect(await openAttempts('service')).toBe(0);
  });

  it('is not touched by the recovery of the monolith, which owns it no more', async () => {
    const key = randomUUID();
    const paymentId = deriveId('payments', key);
    let released: Promise<void> | undefined;
    watched.onAnswer(/POST \/charges$/, () => (released ??= killAndRelease(paymentId)));
    await pay(monolith.app, { key });
    await released;
    await monolith.database.query('UPDATE payment_attempts SET touched_at = touched_at - INTERVAL 1 HOUR');
    // One that it owns tells when it has looked.
    const ours = deriveId('payments', 'ours');
    await monolith.database.query(
      `INSERT INTO payment_attempts VALUES (?, 'o', 'charge', 'open', UTC_TIMESTAMP(3) - INTERVAL 1 HOUR)`,
      { replacements: [ours] },
    );
    const recovering = await startTestMonolith({
      ...{ databaseUrl: monolith.databaseUrl, providersUrl: providers.url, recoverPaymentsAfterMs: 30_000 },
    });
    await until('the other attempt is settled', async () => (await openAttempts('monolith')) === 1);
    await recovering.stop();
    expect((await providers.charges()).find((charge) => charge.key === paymentId)?.status).toBe('CAPTURED');
    await pay(service.app, { key }).expect(201);
  });
});

describe.each(['monolith', 'service'] as const)('a refund that was asked for at the %s', (side) => {
  const other = otherSide(side);

  /** As a crash leaves it: the provider has given the money back, and nothing is written down. */
  async function halfDone(): Promise<string> {
    const key = randomUUID();
    const paymentId = deriveId('payments', key);
    await moveTo(side, paymentId);
    await pay(apps[side], { key }).expect(201);
    await fetch(`${providers.url}/charges/${paymentId}/refund`, { method: 'POST' });
    const state = side === 'monolith' ? "'open'" : '0';
    await databases[side].query(
      `INSERT INTO ${attempts[side]} VALUES (?, 'order-1', 'refund', ${state}, UTC_TIMESTAMP(3))`,
      { replacements: [paymentId] },
    );
    await moveTo(other, paymentId);
    return paymentId;
  }

  it('is completed by whoever owns the payment then', async () => {
    await halfDone();
    await recoverOn(other);
    expect(await paymentsOf(apps[other])).toMatchObject([{ status: 'REFUNDED', version: 2 }]);
    expect(await providers.totals()).toMatchObject([{ captures: 1, refunds: 1 }]);
  });

  it('is completed by the client who asks for it again there', async () => {
    const paymentId = await halfDone();
    const answer = await refund(apps[other], paymentId).expect(200);
    expect(answer.body).toMatchObject({ status: 'REFUNDED', version: 2 });
    expect(await providers.totals()).toMatchObject([{ captures: 1, refunds: 1 }]);
    expect(await openAttempts(other)).toBe(0);
  });
});

describe.each(['monolith', 'service'] as const)('a charge that the %s has given up', (side) => {
  it('is never written down as captured by the other side', async () => {
    const other = otherSide(side);
    const key = randomUUID();
    const paymentId = deriveId('payments', key);
    await moveTo(side, paymentId);
    const state = side === 'monolith' ? "'abandoned'" : '1';
    await databases[side].query(
      `INSERT INTO ${attempts[side]} VALUES (?, 'order-1', 'charge', ${state}, UTC_TIMESTAMP(3))`,
      { replacements: [paymentId] },
    );
    await moveTo(other, paymentId);
    const { paymentId: another } = (await pay(apps[other], { key }).expect(201)).body;
    await recoverOn(other);
    expect(another).not.toBe(paymentId);
    expect(await paymentsOf(apps[other])).toMatchObject([{ paymentId: another }]);
    expect((await statuses()).toSorted()).toEqual(['CAPTURED', 'VOIDED']);
  });
});

describe.each(['monolith', 'service'] as const)('a payment at the %s that is not its own', (side) => {
  it('is neither taken nor given back there, and the provider is not asked', async () => {
    const key = randomUUID();
    const paymentId = deriveId('payments', key);
    await moveTo(otherSide(side), paymentId);
    await pay(apps[side], { key }).expect(421);
    expect(await statuses()).toEqual([]);
    await pay(apps[otherSide(side)], { key }).expect(201);
    await refund(apps[side], paymentId).expect(421);
    expect(await statuses()).toEqual(['CAPTURED']);
    expect(await openAttempts(side)).toBe(0);
  });
});
