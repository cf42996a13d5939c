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
});
