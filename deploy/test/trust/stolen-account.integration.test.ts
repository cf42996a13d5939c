import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AckPolicy, type NatsConnection } from 'nats';
import { z } from 'zod';
import { paymentRequests } from '#contracts/shop/payment-requests.js';
import { requestServers } from '#contracts/shop/request-servers.js';
import { changeStream, changeSubject } from '#contracts/strangler/change-message.js';
import { eventStream, eventSubjects } from '#contracts/strangler/domain-event.js';
import { ownersSubject, ownershipSubject } from '#contracts/strangler/ownership.js';
import { leaseBucket } from '#contracts/strangler/retention.js';
import { retirementSubject } from '#contracts/strangler/retirement.js';
import { atMonolith } from '#contracts/strangler/service-endpoint.js';
import { findInstances } from '#platform/discovery/find-instances.js';
import { register } from '#platform/discovery/register.js';
import { askService } from '#platform/messaging/ask-service.js';
import { answerJson, listenJson, publishJson, requestJson } from '#platform/messaging/exchange-json.js';
import { holdLease } from '#platform/messaging/lease.js';
import { ensureLog, logState, openLog, readLog, storeEntry } from '#platform/messaging/ordered-log.js';
import { reportCaughtTo } from '#platform/telemetry/guarded.js';
import { until } from '../../../tests/support/until.js';
import { wideMs } from '../../../tests/support/wide-limits.js';
import { channels } from '../../accounts/channels.js';
import { type BrokerUser, brokerUsers } from '../../system/shop-accounts.js';
import { type RealBroker, startRealBroker } from '../real-broker.js';

/** Everything here is done with the password of `inventory` alone, against the broker that `npm start` runs. */
let broker: RealBroker;
let stolen: NatsConnection;
/** What the process of the thief reports, where it would be logged. */
const reported: string[] = [];
/** Requests and announcements that have reached those whom they would have hurt. */
let reached: string[];
const as = {} as Record<BrokerUser, NatsConnection>;

beforeAll(async () => {
  reportCaughtTo((where, error) => reported.push(`${where}: ${String((error as Error).message)}`));
  broker = await startRealBroker('npm start');
  for (const user of brokerUsers) as[user] = await broker.connectAs(user);
  stolen = await broker.connectAs('inventory');
});
beforeEach(() => {
  reached = [];
});
afterAll(() => broker?.end());

/** Answers as that account would, and notes what has reached it. */
async function answerAs(user: BrokerUser, subject: string): Promise<() => void> {
  const answer = async (request: unknown) => {
    reached.push(subject);
    return { done: request };
  };
  const stop = answerJson(as[user], subject, z.unknown(), answer, () => undefined);
  await as[user].flush();
  return stop;
}

const refusal = /NATS gives it no permission/;

async function expectRefused(user: BrokerUser, subject: string, request: unknown): Promise<void> {
  const stop = await answerAs(user, subject);
  try {
    await expect(requestJson(stolen, subject, request, z.unknown(), wideMs)).rejects.toThrow(refusal);
    // Neither without waiting for an answer.
    publishJson(stolen, subject, request);
    await stolen.flush();
    await as[user].flush();
    expect(reached).toEqual([]);
  } finally {
    stop();
  }
}

const bucket = { handOver: 'none', buckets: [{ bucket: 1, expected: 5 }] };
const token = { handOver: 'none', buckets: [{ bucket: 100, token: 999_999_999 }] };

describe('with the account of inventory, nobody', () => {
  it.each([
    ['reopens payments at the monolith', 'monolith-sidecar', 'reopen', 'payments', 'monolith', bucket],
    ['reopens inventory itself', 'inventory-sidecar', 'reopen', 'inventory', 'service', bucket],
    ["vetoes a token of orders' bucket", 'orders-sidecar', 'veto', 'orders', 'service', token],
    [
      "releases notifications' buckets",
      'notifications-sidecar',
      'release',
      'notifications',
      'service',
      bucket,
    ],
    [
      'takes payments back',
      'monolith-sidecar',
      'take-back',
      'payments',
      'monolith',
      { voidUpTo: 9, own: true },
    ],
  ] as const)('%s', async (_what, user, question, capability, side, request) => {
    await expectRefused(user, ownershipSubject(question, capability, side), request);
  });

  it.each(['leaving', 'closed', 'archived'] as const)(
    'sets the retirement of payments to %s',
    async (state) => {
      const request = { state, livesAt: 'http://evil.test' };
      await expectRefused('monolith-sidecar', retirementSubject('set', 'payments', 'monolith'), request);
    },
  );

  it.each(['payments', 'inventory', 'gateway', 'monolith', requestServers.payments])(
    'is found as %s',
    async (name) => {
      const registered = await register(stolen, {
        ...{ name, version: '1.0.0', metadata: { url: 'http://evil.test' } },
      }).catch(() => undefined);
      await stolen.flush();
      const lookers = channels.find(({ act }) => act === `discovery: ${name}`)?.publish ?? [];
      expect(lookers).toContain('operator');
      for (const looker of lookers) expect(await findInstances(as[looker], name)).toEqual([]);
      await registered?.withdraw().catch(() => undefined);
    },
  );

  it('answers for others, where everybody is asked at once', async () => {
    const forged = { name: 'payments', id: 'x', version: '1.0.0', metadata: {}, endpoints: [] };
    stolen.subscribe('$SRV.INFO', {
      callback: (_error, message) => {
        message.respond(JSON.stringify({ type: 'io.nats.micro.v1.info_response', ...forged }));
      },
    });
    await stolen.flush();
    expect(await findInstances(as.gateway, 'payments')).toEqual([]);
  });

  it("writes a change into orders' stream, or one of its own capability", async () => {
    for (const [capability, side, writer] of [
      ['orders', 'service', 'orders-sidecar'],
      ['orders', 'monolith', 'monolith-sidecar'],
      ['inventory', 'service', 'inventory-sidecar'],
    ] as const) {
      const [stream, subject] = [changeStream(capability, side), changeSubject(capability, side)];
      const log = await openLog(as[writer], stream, subject);
      await ensureLog(log);
      const forger = await openLog(stolen, stream, subject);
      await expect(storeEntry(forger, subject, Buffer.from('{}'), randomUUID())).rejects.toThrow(refusal);
      expect(await logState(log)).toMatchObject({ lastSequence: 0 });
    }
  });

  it('has a card charged, or money given back, at either side', async () => {
    const method = { type: 'card', token: 'tok_visa' } as const;
    const ids = { paymentId: randomUUID(), orderId: randomUUID() };
    const charge = { ...ids, amount: { amount: 100, currency: 'GBP' }, method };
    const link = { connection: () => stolen, close: () => Promise.resolve() };
    const answerers = [
      ['payments', ''],
      ['monolith', '.monolith'],
    ] as const;
    for (const [user, at] of answerers)
      for (const verb of ['charge', 'give-back', 'charge.an-instance'])
        await answerAs(user, `strangler.requests.payments${at}.${verb}`);
    const asked = [
      await askService(link, paymentRequests.charge, charge, wideMs),
      await askService(link, atMonolith(paymentRequests.charge), charge, wideMs),
      await askService(
        link,
        paymentRequests.charge,
        charge,
        wideMs,
        'strangler.requests.payments.charge.an-instance',
      ),
      await askService(link, atMonolith(paymentRequests.giveBack), ids, wideMs),
    ];
    expect(asked.map(({ kind }) => kind)).toEqual(asked.map(() => 'unreachable'));
    expect(reached).toEqual([]);
    // Whereas orders may.
    const orders = { connection: () => as.orders, close: () => Promise.resolve() };
    await askService(orders, paymentRequests.charge, charge, wideMs).catch(() => undefined);
    expect(reached).toEqual(['strangler.requests.payments.charge']);
  });

  it("takes the leader's lease, or puts an end to it", async () => {
    const options = { bucket: leaseBucket, name: 'leader', duration: 10_000 };
    const leader = { id: 'leader', url: 'http://control.test' };
    const lease = holdLease({
      ...options,
      nats: as['control-plane'],
      holder: leader,
      onTrouble: () => undefined,
    });
    try {
      await until('the control plane leads', () => lease.held());
      const troubles: string[] = [];
      const thief = holdLease({
        ...{ ...options, nats: stolen, holder: { id: 'thief', url: 'http://evil.test' } },
        onTrouble: (problem) => troubles.push(problem),
      });
      publishJson(stolen, `$KV.${leaseBucket}.leader`, { id: 'thief', url: 'http://evil.test' });
      // A program that answers could be used to write it, by a request that wants its answer there.
      const stop = await answerAs('monolith', 'strangler.requests.catalogue.exists');
      stolen.publish('strangler.requests.catalogue.exists', '{}', { reply: `$KV.${leaseBucket}.leader` });
      stolen.publish(`$SRV.INFO.${requestServers.monolith}`, '', { reply: `$KV.${leaseBucket}.leader` });
      await stolen.flush();
      await until('the thief is refused', () => troubles.length > 0);
      await as.monolith.flush();
      stop();
      expect(thief.held()).toBe(false);
      expect(reached).toEqual([]);
      expect(await lease.holder()).toEqual(leader);
      expect(lease.held()).toBe(true);
      await thief.end();
    } finally {
      await lease.end();
    }
  });

  it('makes, changes, empties, deletes or reads a stream', async () => {
    const log = await openLog(as['monolith-sidecar'], eventStream, eventSubjects);
    await ensureLog(log);
    await storeEntry(log, 'strangler.events.payments.captured.v1', Buffer.from('{}'), 'kept');
    const manager = await stolen.jetstreamManager({ checkAPI: false });
    const acts = [
      () => manager.streams.delete(eventStream),
      () => manager.streams.purge(eventStream),
      () => manager.streams.update(eventStream, { max_msgs: 1 }),
      () => manager.streams.add({ name: 'mine', subjects: ['strangler.requests.>'] }),
      () => manager.streams.getMessage(eventStream, { seq: 1 }),
      () => manager.streams.deleteMessage(eventStream, 1),
      () => manager.consumers.add(eventStream, { ack_policy: AckPolicy.None }),
      async () => readLog(await openLog(stolen, eventStream, eventSubjects), 1),
      async () => logState(await openLog(stolen, eventStream, eventSubjects)),
    ];
    for (const act of acts) await expect(act()).rejects.toThrow(/[Pp]ermission/);
    expect(await logState(log)).toMatchObject({ firstSequence: 1, lastSequence: 1 });
  });

  it('hears rows, events, requests or answers of anybody', async () => {
    const heard: string[] = [];
    const subjects = [
      ...['>', 'strangler.>', changeSubject('payments', 'monolith'), 'strangler.events.>', '_INBOX.>'],
      ...['strangler.requests.payments.charge', '_INBOX_gateway.>', '_INBOX_payments.>', '_INBOX_*.>'],
    ];
    for (const subject of subjects)
      stolen.subscribe(subject, { callback: (error) => void (error ?? heard.push(subject)) });
    await stolen.flush();
    const log = await openLog(as['monolith-sidecar'], eventStream, eventSubjects);
    await storeEntry(log, 'strangler.events.payments.captured.v1', Buffer.from('{}'), 'heard');
    publishJson(as['monolith-sidecar'], changeSubject('payments', 'monolith'), {});
    publishJson(as.orders, 'strangler.requests.payments.charge', {});
    await as['monolith-sidecar'].flush();
    await as.orders.flush();
    await stolen.flush();
    expect(heard).toEqual([]);
  });

  it('announces owners, not even of inventory', async () => {
    for (const [capability, side] of [
      ['payments', 'monolith'],
      ['inventory', 'service'],
    ] as const) {
      const subject = ownersSubject(capability, side);
      const hear = () => void reached.push(subject);
      const stop = listenJson(as.gateway, subject, z.unknown(), hear, hear);
      await as.gateway.flush();
      publishJson(stolen, subject, { capability, side, rows: [], voidUpTo: 10 ** 9 });
      await stolen.flush();
      await as.gateway.flush();
      stop();
    }
    expect(reached).toEqual([]);
  });

  it('does any of that without a line that names the account and the subject', () => {
    const line = 'permissions at NATS: NATS does not let the account inventory';
    expect(reported).toEqual(
      expect.arrayContaining([
        `${line} publish to ${ownershipSubject('reopen', 'payments', 'monolith')}`,
        `${line} subscribe to $SRV.INFO.payments`,
        `${line} publish to $KV.${leaseBucket}.leader`,
        `${line} publish to $JS.API.STREAM.DELETE.${eventStream}`,
        `a request without an inbox: a request to strangler.requests.catalogue.exists wants its answer at $KV.${leaseBucket}.leader: it was dropped`,
      ]),
    );
  });
});
