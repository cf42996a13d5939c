import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, createConnection } from 'mysql2/promise';
import { deadLetterStream } from '#contracts/strangler/dead-letter.js';
import { eventStream, eventSubjects } from '#contracts/strangler/domain-event.js';
import { growthAnswerSchema, growthSubject } from '#contracts/strangler/growth.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { gatherJson } from '#platform/messaging/gather-json.js';
import { sizeOf } from '#platform/messaging/log-size.js';
import { openLog, storeEntry } from '#platform/messaging/ordered-log.js';
import { everyStore, schemaStores } from '../../deploy/growth/every-store.js';
import { logStores } from '../../deploy/growth/log-stores.js';
import type { ThrowawayShop } from '../../deploy/throwaway/start-throwaway-shop.js';
import { startShop } from '../support/start-shop.js';
import { until } from '../support/until.js';
import { type FoundStream, notThere, streamDifferences, unlisted } from '../growth/support/compare-stores.js';

/**
 * A whole shop, with all that its programs make for themselves, against the list of all that is kept. A further table, stream
 * or bucket fails the first tests until it stands in `deploy/growth/` or `migrations/schema/`, with a bound.
 */
let shop: ThrowawayShop;
let database: Connection;
let nats: NatsConnection;
/** It may change the stream of events, and publish orders'. */
let trusted: NatsConnection;

beforeAll(async () => {
  shop = await startShop({ patient: true });
  database = await createConnection(shop.mysqlAdminUrl);
  nats = await connectNats('test', shop.natsUrl);
  trusted = await connectNats('test', shop.natsUrlFor('monolith-sidecar'));
});
afterAll(async () => {
  await nats?.close();
  await trusted?.close();
  await database?.end();
  await shop?.stop();
});

async function tablesBySchema(): Promise<Map<string, string[]>> {
  const [rows] = await database.query(
    `SELECT table_schema AS place, table_name AS name FROM information_schema.tables
     WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')`,
  );
  const found = new Map<string, string[]>();
  for (const { place, name } of rows as { place: string; name: string }[])
    found.set(place, [...(found.get(place) ?? []), name]);
  return found;
}

async function streams(): Promise<FoundStream[]> {
  const manager = await nats.jetstreamManager({ checkAPI: false });
  const found: FoundStream[] = [];
  for await (const info of manager.streams.list()) found.push({ name: info.config.name, size: sizeOf(info) });
  return found;
}

/** The stream of dead letters is made with the first one. */
async function makeDeadLetter(): Promise<void> {
  const log = await openLog(trusted, eventStream, eventSubjects);
  await storeEntry(log, 'strangler.events.orders.nonsense.v1', Buffer.from('no event'), 'nonsense');
  await until('it is put aside', async () =>
    (await streams()).some(({ name }) => name === 'strangler-dead-letters'),
  );
}

describe('the list of all that is kept', () => {
  it('has every table of every schema, and no other', async () => {
    const found = await tablesBySchema();
    const differences = [...found].toSorted().map(([schema, tables]) => ({
      schema,
      unlisted: unlisted(tables, schemaStores[schema] ?? []),
      notThere: notThere(tables, schemaStores[schema] ?? []),
    }));
    expect(differences).toEqual(
      Object.keys(schemaStores)
        .toSorted()
        .map((schema) => ({ schema, unlisted: [], notThere: [] })),
    );
  });

  it('has every stream and bucket, with the limits that the broker knows', async () => {
    await makeDeadLetter();
    expect(streamDifferences(await streams(), logStores)).toEqual([]);
  });

  it('is told apart from a system that keeps more than it says, or for longer', async () => {
    const manager = await trusted.jetstreamManager({ checkAPI: false });
    await manager.streams.update(eventStream, { max_bytes: 7 * 1024 ** 2 });
    await database.query('CREATE TABLE orders.planted (id INT PRIMARY KEY)');
    const tables = await tablesBySchema();
    const withoutLetters = logStores.filter(({ name }) => name !== deadLetterStream);
    const differences = streamDifferences(await streams(), withoutLetters);
    await manager.streams.update(eventStream, { max_bytes: 1024 ** 3 });
    await database.query('DROP TABLE orders.planted');
    expect(unlisted(tables.get('orders') ?? [], schemaStores['orders'] ?? [])).toEqual(['planted']);
    expect(differences).toEqual([
      `${deadLetterStream} is not in the list`,
      `${eventStream} has room for 7340032 bytes, not 1073741824`,
    ]);
  });
});

describe('every program', () => {
  it('measures what it keeps, and finds all of it within its bounds', async () => {
    const programs = ['monolith', 'inventory', 'payments', 'notifications', 'orders'];
    const expected = ['control-plane', ...programs, ...programs.map((name) => `${name}-sidecar`)].toSorted();
    const answers = await answersOf(expected);
    const readings = answers.flatMap((answer) => answer.readings);
    expect(readings.filter(({ alarm }) => alarm !== null)).toEqual([]);
    const measured = new Set(readings.map(({ store }) => store.replace(/ (of|beside) .*| \(.*/, '')));
    const boundTables = everyStore
      .filter(({ measuredBy }) => measuredBy !== undefined)
      .flatMap(({ stores }) => stores)
      .filter(({ kind, bound }) => kind === 'table' && isMeasured(bound));
    expect(notThere([...measured], boundTables)).toEqual([]);
    expect([...measured]).toEqual(expect.arrayContaining([eventStream, 'strangler-control']));
  });

  async function answersOf(expected: readonly string[]) {
    let answers: Awaited<ReturnType<typeof ask>> = [];
    await until('all have measured', async () => {
      answers = await ask();
      const told = answers.filter(({ readings }) => readings.length > 0).map(({ program }) => program);
      return [...new Set(told)].toSorted().join() === expected.join();
    });
    return answers;
  }

  function ask() {
    return gatherJson(nats, growthSubject, {}, growthAnswerSchema, { maxMs: 1_000, isComplete: () => false });
  }
});

function isMeasured(bound: (typeof logStores)[number]['bound']): boolean {
  return (
    bound.kind === 'rows' || (bound.kind === 'age' && bound.limits.some(({ column }) => column !== undefined))
  );
}
