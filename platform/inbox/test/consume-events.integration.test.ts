import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import {
  deadLetterSchema,
  deadLetterStream,
  deadLetterSubjects,
  replayAnswerSchema,
  replaySubject,
} from '#contracts/strangler/dead-letter.js';
import {
  type DomainEvent,
  eventStream,
  eventSubject,
  eventSubjects,
} from '#contracts/strangler/domain-event.js';
import { deadLetterDays, inboxDays } from '#contracts/strangler/retention.js';
import { connectDatabase } from '#platform/database/connect-database.js';
import { createInboxTables } from '#platform/database/inbox-tables.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import { type NatsConnection, requestJson } from '#platform/messaging/exchange-json.js';
import {
  deleteLog,
  ensureLog,
  logState,
  openLog,
  type OrderedLog,
  readLog,
  storeEntry,
} from '#platform/messaging/ordered-log.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import { type OwnServer, ownBroker } from '../../../sidecar/test/support/own-servers.js';
import type { Consumer } from '../consumer.js';
import { forgetOld } from '../inbox.js';
import { runConsumer } from '../run-consumer.js';

const logger = createLogger('test', process.env['TEST_LOG_LEVEL'] ?? 'fatal');
const type = 'orders.confirmed.v1';

function event(number: number, more: Partial<DomainEvent> = {}): DomainEvent {
  return {
    ...{ eventId: randomUUID(), type, capability: 'orders', key: 'o-1', side: 'service', epoch: 1 },
    ...{ occurredAt: '2026-01-01T00:00:00.000Z', sequence: number, data: { number } },
    ...more,
  };
}

describe('a consumer', () => {
  let broker: OwnServer;
  let schema: TestDatabase;
  let database: Sequelize;
  let own: Sequelize;
  let nats: NatsConnection;
  let log: OrderedLog;
  let letters: OrderedLog;
  /** Numbers that the handler fails at. */
  let failing: Set<number>;
  let handledTimes: Map<number, number>;
  let transactions: Set<Transaction>;
  const endings: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    broker = await ownBroker();
    schema = await createTestDatabase('inbox');
    database = connectDatabase(schema.url);
    own = connectDatabase(schema.url, 4);
    await createInboxTables(database.getQueryInterface());
    await database.query('CREATE TABLE effects (number INT)');
    nats = await connectNats('test', broker.url);
    log = await openLog(nats, eventStream, eventSubjects);
    letters = await openLog(nats, deadLetterStream, deadLetterSubjects);
    await ensureLog(log);
    failing = new Set();
    handledTimes = new Map();
    transactions = new Set();
  });
  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
    await nats.close();
    await Promise.all([database.close(), own.close()]);
    await schema.drop();
    await broker.end();
  });

  async function handle({ data }: DomainEvent, transaction: Transaction): Promise<void> {
    const number = Number(data['number']);
    handledTimes.set(number, (handledTimes.get(number) ?? 0) + 1);
    transactions.add(transaction);
    await database.query('INSERT INTO effects VALUES (?)', { replacements: [number], transaction });
    if (failing.has(number)) throw new Error(`can't handle ${number}`);
  }

  async function handleTogether(events: readonly DomainEvent[], transaction: Transaction): Promise<void> {
    for (const one of events) await handle(one, transaction);
  }

  function start(more: Partial<Consumer> = {}): () => Promise<void> {
    const end = runConsumer({
      ...{ database, own, nats, logger, tries: 3, firstPauseMs: 10 },
      consumer: { name: 'test', types: [type], handle, ...more },
    });
    endings.push(end);
    return end;
  }

  const say = (...events: DomainEvent[]) =>
    Promise.all(
      events.map((one) =>
        storeEntry(log, eventSubject(one.type), Buffer.from(JSON.stringify(one)), one.eventId),
      ),
    );

  async function effects(): Promise<number[]> {
    const rows = await database.query<{ number: number }>('SELECT number FROM effects', {
      type: QueryTypes.SELECT,
    });
    return rows.map(({ number }) => number);
  }

  async function untilEffects(...numbers: number[]): Promise<void> {
    await until(
      `${numbers.join(', ')} have been handled`,
      async () => (await effects()).length >= numbers.length,
    );
    expect(await effects()).toEqual(numbers);
  }

  async function putAside() {
    if (!(await logState(letters))) return [];
    const reader = await readLog(letters, 1);
    const entries = await reader.take(10, 500);
    await reader.close();
    return entries.map(({ data }) => deadLetterSchema.parse(JSON.parse(Buffer.from(data).toString())));
  }

  it('handles what it wants once, in order, and goes on where it was', async () => {
    const first = event(1);
    const end = start();
    await say(first, event(7, { type: 'orders.placed.v1' }), event(2));
    await untilEffects(1, 2);
    await end();
    await say(event(3));
    start();
    await untilEffects(1, 2, 3);
    expect([...handledTimes]).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
  });

  it('handles once what comes again, and what it has not seen, in a stream that begins anew', async () => {
    const [one, two] = [event(1), event(2)];
    start();
    await say(one, two);
    await untilEffects(1, 2);
    await deleteLog(log);
    await ensureLog(log);
    await say(event(3), two, one);
    await untilEffects(1, 2, 3);
    expect([...handledTimes.values()]).toEqual([1, 1, 1]);
  });

  it('is one, however many instances there are', async () => {
    start();
    start();
    await say(...[1, 2, 3, 4, 5].map((number) => event(number)));
    await untilEffects(1, 2, 3, 4, 5);
    expect(new Set(handledTimes.values())).toEqual(new Set([1]));
  });

  it('puts aside what it can not handle, with the reason, and handles it once it is replayed', async () => {
    failing.add(2);
    start();
    const poison = event(2);
    await say(event(1), poison, event(3));
    await untilEffects(1, 3);
    expect(handledTimes.get(2)).toBe(3);
    await until('it is put aside', async () => (await putAside()).length === 1);
    const [letter] = await putAside();
    expect(letter).toMatchObject({ consumer: 'test', event: poison, reason: "can't handle 2", tries: 3 });

    const replay = () =>
      requestJson(
        nats,
        replaySubject('test'),
        { eventId: poison.eventId, event: poison },
        replayAnswerSchema,
      );
    expect(await replay()).toEqual({ outcome: 'failed', reason: "can't handle 2" });
    failing.clear();
    expect(await replay()).toEqual({ outcome: 'handled' });
    expect(await replay()).toEqual({ outcome: 'known' });
    expect(await effects()).toEqual([1, 3, 2]);
  });

  it('handles in one transaction what has come together, if it can, and goes on behind it', async () => {
    const end = start({ handleTogether });
    const numbers: number[] = [];
    // How much has come together when it is looked is up to the broker: it is sent more until something has.
    do {
      const first = numbers.length;
      const next = Array.from({ length: 10 }, (_, index) => first + index + 1);
      await say(event(7, { type: 'orders.placed.v1' }), ...next.map((number) => event(number)));
      numbers.push(...next);
      await untilEffects(...numbers);
    } while (transactions.size === numbers.length);
    expect(transactions.size).toBeLessThan(numbers.length);
    await end();
    const last = numbers.length + 1;
    await say(event(last));
    start({ handleTogether });
    await untilEffects(...numbers, last);
  });

  it('handles each by itself where one of them can not be, and puts that one aside', async () => {
    failing.add(2);
    const poison = event(2);
    await say(event(1), poison, event(3));
    start({ handleTogether });
    await untilEffects(1, 3);
    await until('it is put aside', async () => (await putAside()).length === 1);
    expect(await putAside()).toMatchObject([{ event: poison, reason: "can't handle 2", tries: 3 }]);
  });

  it('puts aside what is no event', async () => {
    start();
    await storeEntry(log, eventSubject(type), Buffer.from('not JSON'), 'strange');
    await say(event(1));
    await untilEffects(1);
    expect(await putAside()).toMatchObject([{ eventId: 'strange', event: 'not JSON', tries: 0 }]);
  });

  it('says that events were dropped before it saw them, repairs what it lacks, and goes on', async () => {
    const missed: number[] = [];
    const onMissed = (events: number) => Promise.resolve(void missed.push(events));
    const end = start({ onMissed });
    await say(event(1));
    await untilEffects(1);
    await end();
    await say(event(2), event(3), event(4), event(5));
    await log.manager.streams.purge(eventStream, { seq: 4 });
    const again = start({ onMissed });
    await untilEffects(1, 4, 5);
    expect(missed).toEqual([2]);
    await again();
    // Once it has said so, it does not again.
    const last = start({ onMissed });
    await say(event(6));
    await untilEffects(1, 4, 5, 6);
    expect(missed).toEqual([2]);
    await last();
  });

  it('says once that events were dropped, also where nothing is left', async () => {
    const missed: number[] = [];
    let repairs = 0;
    const end = start();
    await say(event(1));
    await untilEffects(1);
    await end();
    await say(event(2), event(3));
    await log.manager.streams.purge(eventStream);
    const onMissed = (events: number) => {
      repairs += 1;
      if (repairs === 1) throw new Error('not now');
      return Promise.resolve(void missed.push(events));
    };
    const again = start({ onMissed });
    await until('it has said so', () => missed.length > 0);
    await again();
    start({ onMissed });
    await say(event(4));
    await untilEffects(1, 4);
    expect({ missed, repairs }).toEqual({ missed: [2], repairs: 2 });
  });

  it('stands still at what it can neither handle nor put aside, and goes on once there is room', async () => {
    await ensureLog(letters, { maxAge: 0, maxBytes: 20_000, repetitionWindow: 100, full: 'refused' });
    await storeEntry(letters, `${deadLetterSubjects.slice(0, -1)}other`, Buffer.alloc(19_700), 'other');
    failing.add(2);
    start();
    await say(event(1), event(2), event(3));
    await until('it has tried again', () => (handledTimes.get(2) ?? 0) > 3);
    expect(await effects()).toEqual([1]);
    expect(await logState(letters)).toMatchObject({ firstSequence: 1, lastSequence: 1 });
    await letters.manager.streams.purge(deadLetterStream);
    await untilEffects(1, 3);
    expect(await putAside()).toMatchObject([{ reason: "can't handle 2" }]);
  });

  it('gives up what was put aside once its letter is gone, and forgets what was handled before that', async () => {
    const days = { handled: inboxDays, 'put-aside': deadLetterDays };
    for (const [outcome, age] of Object.entries(days))
      for (const [name, late] of [
        ['old', 1],
        ['young', -1],
      ] as const)
        await database.query(
          `INSERT INTO inbox (consumer, event_id, outcome, reason, handled_at)
           VALUES ('test', ?, ?, 'broken', UTC_TIMESTAMP(3) - INTERVAL ? HOUR)`,
          { replacements: [`${outcome} ${name}`, outcome, age * 24 + late] },
        );
    expect(await forgetOld(database)).toEqual([
      { consumer: 'test', eventId: 'put-aside old', reason: 'broken' },
    ]);
    expect(await forgetOld(database)).toEqual([]);
    const left = await database.query<{ event_id: string }>('SELECT event_id FROM inbox ORDER BY event_id', {
      type: QueryTypes.SELECT,
    });
    expect(left.map(({ event_id }) => event_id)).toEqual(['handled young', 'put-aside young']);
  });
});
