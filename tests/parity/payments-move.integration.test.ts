import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Express } from 'express';
import { QueryTypes } from 'sequelize';
import type request from 'supertest';
import { bucketCount } from '#contracts/strangler/ownership.js';
import type { Row, Side } from '#contracts/strangler/move.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import {
  startTestProviders,
  type TestProviders,
} from '../../deploy/sandboxes/providers/test/start-test-providers.js';
import { pay, refund } from '../../extracted/payments/test/payments-client.js';
import { startTestPayments, type TestPayments } from '../../extracted/payments/test/start-test-payments.js';
import { startTestMonolith, type TestMonolith } from '../../legacy-monolith/test/start-test-monolith.js';
import { payments as move } from '../../migrations/moves/payments.js';
import { askOwners, type OwnerQuestions } from '../../sidecar/test/support/ask-owners.js';
import { type OwnServer, ownBroker } from '../../sidecar/test/support/own-servers.js';
import { type SidecarProcess, sidecarProcess } from '../../sidecar/test/support/sidecar-process.js';
import { until } from '../support/until.js';

let broker: OwnServer;
let nats: NatsConnection;
let providers: TestProviders;
let monolith: TestMonolith;
let service: TestPayments;
let sidecars: SidecarProcess[];
let owners: OwnerQuestions;
let apps: Record<Side, Express>;

beforeAll(async () => {
  broker = await ownBroker();
  nats = await connectNats('test', broker.url);
  providers = await startTestProviders();
  const common = { providersUrl: providers.url };
  monolith = await startTestMonolith(common);
  service = await startTestPayments({ ...common, released: true });
  apps = { monolith: monolith.app, service: service.app };
  const environment = {
    SIDECAR_MOVES: 'payments',
    SIDECAR_MOVES_MODULE: join(import.meta.dirname, '../../migrations/moves/index.ts'),
  };
  sidecars = await Promise.all([
    sidecarProcess('monolith', monolith.databaseUrl, broker.url, environment),
    sidecarProcess('service', service.databaseUrl, broker.url, environment),
  ]);
  owners = askOwners({ nats, move });
});
afterAll(async () => {
  await Promise.all(sidecars.map((sidecar) => sidecar.kill()));
  await Promise.all([monolith.stop(), service.stop()]);
  await providers.stop();
  await nats.close();
  await broker.end();
});

/** As a gateway does: whoever does not own it sends it on to the other side, until one does. */
async function atOwner(ask: (app: Express) => request.Test): Promise<request.Response> {
  for (let turn = 0; ; turn++) {
    const answer = await ask(apps[turn % 2 === 0 ? 'monolith' : 'service']);
    if (answer.status !== 421 || turn > 500) return answer;
    await sleep(20);
  }
}

/** Takes payments, and gives every third back, until told to stop. */
async function client(stopped: () => boolean): Promise<number[]> {
  const statuses: number[] = [];
  for (let n = 0; !stopped(); n++) {
    const key = randomUUID();
    const token = n % 4 === 3 ? 'tok_flaky' : 'tok_visa';
    const paid = await atOwner((app) => pay(app, { key, token, amount: 100 }));
    statuses.push(paid.status);
    if (n % 3 !== 0) continue;
    const refunding = randomUUID();
    statuses.push((await atOwner((app) => refund(app, paid.body.paymentId, refunding))).status);
  }
  return statuses;
}

const everyBucket = Array.from({ length: bucketCount }, (_, index) => index + 1);

async function handOverInSteps(from: Side): Promise<void> {
  for (let at = 0; at < bucketCount; at += 20) await handOver(from, everyBucket.slice(at, at + 20));
}

/** A release that a charge has held up too long gives up, and is asked for again. */
async function handOver(from: Side, buckets: number[]): Promise<void> {
  await until('the buckets have moved', () =>
    owners.handOver(from, buckets).then(
      () => true,
      (error: unknown) => {
        if ((error as Error).message !== 'the release gave up') throw error;
        return false;
      },
    ),
  );
}

async function rowsOf(side: Side): Promise<Row[][]> {
  return Promise.all(
    move.tables.map(async (table) => {
      const { key, table: name } = table[side];
      const { database } = side === 'monolith' ? monolith : service;
      const rows = await database.query<Row>(`SELECT * FROM ${name} ORDER BY ${key.join(', ')}`, {
        type: QueryTypes.SELECT,
      });
      return side === 'monolith' ? rows.map((row) => table.toService(row)) : rows;
    }),
  );
}

describe('payments that are handed over while money moves', () => {
  it('add up: no charge and no refund is lost or done twice, and both sides agree', async () => {
    await until('both replicas are filled', async () => {
      const answers = [owners.answer('monolith'), owners.answer('service')];
      // Nobody answers before the sidecars are up.
      return (await Promise.all(answers).catch(() => [{ filled: false }])).every(({ filled }) => filled);
    });
    let stopped = false;
    const clients = Array.from({ length: 3 }, () => client(() => stopped));
    await handOverInSteps('monolith');
    await handOverInSteps('service');
    await handOver('monolith', everyBucket.slice(0, 50));
    stopped = true;
    const statuses = (await Promise.all(clients)).flat();
    expect(new Set(statuses)).toEqual(new Set([200, 201]));
    await until('both sides agree', async () => {
      const [one, other] = [await rowsOf('monolith'), await rowsOf('service')];
      return JSON.stringify(one.map(sorted)) === JSON.stringify(other.map(sorted));
    });
    const [sums] = await service.database.query<{ payments: number; captured: number; refunded: number }>(
      `SELECT COUNT(*) AS payments, SUM(captured_amount) AS captured, SUM(refunded_amount) AS refunded
       FROM payments`,
      { type: QueryTypes.SELECT },
    );
    const [ledger] = await providers.totals();
    expect({ captured: Number(sums!.captured), refunded: Number(sums!.refunded) }).toEqual({
      captured: ledger!.captured,
      refunded: ledger!.refunded,
    });
    const taken = statuses.filter((status) => status === 201).length;
    expect([Number(sums!.payments), ledger!.captures]).toEqual([taken, taken]);
  });
});

/** Columns in one order, whatever order a side's table has. */
function sorted(rows: Row[]): [string, unknown][][] {
  return rows.map((row) => Object.entries(row).sort(([one], [other]) => one.localeCompare(other)));
}
