import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import type { Sequelize } from 'sequelize';
import {
  type DomainEvent,
  domainEventSchema,
  eventStream,
  eventSubjects,
} from '#contracts/strangler/domain-event.js';
import { connectDatabase } from '#platform/database/connect-database.js';
import { createOutboxTable } from '#platform/database/outbox-table.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { deleteLog, logState, openLog, type OrderedLog, readLog } from '#platform/messaging/ordered-log.js';
import { recordEvents } from '#platform/outbox/record-events.js';
import { createOwnershipTable } from '#platform/ownership/ownership-table.js';
import { createTestDatabase, type TestDatabase } from '../../tests/support/servers.js';
import { connectMysql, selectRows } from '../database/connect-mysql.js';
import { prune } from '../events/outbox-rows.js';
import { type EventPublisher, runEvents } from '../events/run-events.js';
import { createMetrics } from '../observe/metrics.js';
import { copyFolder, type OwnServer, ownBroker } from './support/own-servers.js';
import { eventually, logger } from './support/replication.js';

describe('publishing of events', () => {
  let broker: OwnServer;
  let schema: TestDatabase;
  let database: Sequelize;
  let nats: NatsConnection;
  let log: OrderedLog;
  let publisher: EventPublisher | undefined;

  beforeAll(async () => {
    broker = await ownBroker();
  });
  beforeEach(async () => {
    schema = await createTestDatabase('events');
    database = connectDatabase(schema.url);
    await createOwnershipTable(database.getQueryInterface(), 'orders', true);
    await createOutboxTable(database.getQueryInterface(), 'orders');
    nats = await connectNats('test', broker.url);
    log = await openLog(nats, eventStream, eventSubjects);
    publisher = undefined;
  });
  afterEach(async () => {
    await publisher?.stop();
    if (await logState(log)) await deleteLog(log);
    await nats.close();
    await database.close();
    await schema.drop();
  });
  afterAll(() => broker.end());

  function start(): void {
    publisher = runEvents({
      ...{ url: schema.url, capability: 'orders', side: 'monolith', nats, logger },
      metrics: createMetrics(new Registry()).events('orders'),
      keptMs: 60_000,
    });
  }

  const event = (key: string, number: number) => ({ type: 'orders.confirmed.v1', key, data: { number } });

  async function say(key: string, ...numbers: number[]): Promise<void> {
    await database.transaction((transaction) =>
      recordEvents(
        database,
        numbers.map((number) => event(key, number)),
        new Date(),
        transaction,
      ),
    );
  }

  async function inStream(): Promise<DomainEvent[]> {
    const last = (await logState(log))?.lastSequence ?? 0;
    if (last === 0) return [];
    const reader = await readLog(log, 1);
    const events: DomainEvent[] = [];
    try {
      for (let reached = 0; reached < last;) {
        const entries = await reader.take(100, 1_000);
        if (entries.length === 0) break;
        events.push(
          ...entries.map(({ data }) => domainEventSchema.parse(JSON.parse(Buffer.from(data).toString()))),
        );
        reached = entries.at(-1)?.sequence ?? last;
      }
    } finally {
      await reader.close();
    }
    return events;
  }

  async function expectNumbers(...numbers: number[]): Promise<void> {
    await eventually(async () => {
      expect((await inStream()).map(({ data }) => data['number'])).toEqual(numbers);
    });
  }

  it('brings each to the stream once, those of a key in their order, with all that consumers need', async () => {
    start();
    await say('o-1', 1, 2, 3);
    await expectNumbers(1, 2, 3);
    const [first] = await inStream();
    expect(first).toMatchObject({
      ...{ type: 'orders.confirmed.v1', capability: 'orders', key: 'o-1', side: 'monolith', epoch: 1 },
      ...{ sequence: 1, data: { number: 1 } },
    });
    expect(Date.now() - Date.parse(first?.occurredAt ?? '')).toBeLessThan(60_000);
  });

  it('does not pass by an event whose transaction commits after that of a greater number', async () => {
    start();
    const slow = await database.transaction();
    await recordEvents(database, [event('o-1', 1)], new Date(), slow);
    await say('o-2', 2);
    await expectNumbers(2);
    await slow.commit();
    await expectNumbers(2, 1);
  });

  it('publishes all again when the stream is deleted', async () => {
    start();
    await say('o-1', 1, 2);
    await expectNumbers(1, 2);
    await deleteLog(log);
    await say('o-1', 3);
    await eventually(async () => {
      const numbers = (await inStream()).map(({ data }) => data['number']);
      expect(new Set(numbers)).toEqual(new Set([1, 2, 3]));
    });
  });

  it('publishes again what a broker lost that went down, and nothing else', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'store-'));
    start();
    await say('o-1', 1, 2, 3);
    await expectNumbers(1, 2, 3);
    const restore = async (from: string, to: string) => {
      await broker.kill();
      await rm(to, { recursive: true, force: true });
      await copyFolder(from, to);
      await broker.start();
    };
    await restore(broker.folder, join(copy, 'store'));
    await say('o-1', 4, 5, 6);
    await expectNumbers(1, 2, 3, 4, 5, 6);
    await restore(join(copy, 'store'), broker.folder);
    await expectNumbers(1, 2, 3, 4, 5, 6);
    await rm(copy, { recursive: true });
  });

  it('keeps what is published for a while, and what is open for ever', async () => {
    start();
    await say('o-1', 1, 2);
    await expectNumbers(1, 2);
    await publisher?.stop();
    await say('o-1', 3);
    const connection = await connectMysql(schema.url);
    const left = async () => {
      const rows = await selectRows<{ sequence: number }>(connection, 'SELECT sequence FROM orders_outbox');
      return rows.length;
    };
    await prune(connection, 'orders', 60_000);
    expect(await left()).toBe(3);
    await prune(connection, 'orders', -1_000);
    expect(await left()).toBe(1);
    connection.destroy();
  });

  it('keeps an event for as long from its first time on, however often the stream is lost', async () => {
    start();
    await say('o-1', 1);
    await expectNumbers(1);
    const connection = await connectMysql(schema.url);
    const rows = () =>
      selectRows<{ at: string; place: number | null }>(
        connection,
        'SELECT published_at AS at, log_sequence AS place FROM orders_outbox',
      );
    // Its first time was nearly as long ago as it is kept.
    await eventually(async () => expect((await rows())[0]?.at).not.toBeNull());
    await connection.query('UPDATE orders_outbox SET published_at = UTC_TIMESTAMP(3) - INTERVAL 50 SECOND');
    const [first] = await rows();
    const { createdAt = '' } = (await logState(log)) ?? {};
    await deleteLog(log);
    await eventually(async () => expect((await logState(log))?.createdAt).not.toBe(createdAt));
    await expectNumbers(1);
    await publisher?.stop();
    await eventually(async () => expect((await rows())[0]).toMatchObject({ at: first?.at, place: 1 }));
    // One that is in no stream is not removed, however old.
    await connection.query('UPDATE orders_outbox SET log_sequence = NULL');
    await prune(connection, 'orders', 1_000);
    expect(await rows()).toHaveLength(1);
    await connection.query('UPDATE orders_outbox SET log_sequence = 1');
    await prune(connection, 'orders', 1_000);
    expect(await rows()).toEqual([]);
    connection.destroy();
  });
});
