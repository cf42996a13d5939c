import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { type Sequelize } from 'sequelize';
import { deadLetterStream, deadLetterSubjects } from '#contracts/strangler/dead-letter.js';
import { eventStream, eventSubjects } from '#contracts/strangler/domain-event.js';
import { growthAnswerSchema, growthSubject } from '#contracts/strangler/growth.js';
import { agingTable, businessTable, fixedTable } from '#contracts/strangler/store.js';
import { connectDatabase } from '#platform/database/connect-database.js';
import { createInboxTables } from '#platform/database/inbox-tables.js';
import { savePlace } from '#platform/inbox/inbox.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { gatherJson } from '#platform/messaging/gather-json.js';
import { ensureLog, logState, openLog, storeEntry } from '#platform/messaging/ordered-log.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { type OwnServer, ownBroker } from '../../../sidecar/test/support/own-servers.js';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import { consumersOf } from '../measure-events.js';
import { reportGrowth } from '../report-growth.js';
import { tablesOf } from '../tables-of-program.js';

const logger = createLogger('test', 'silent');
const small = { maxAge: 3_600_000, maxBytes: 100_000, repetitionWindow: 1_000, full: 'refused' } as const;

describe('the stores of a program', () => {
  let broker: OwnServer;
  let schema: TestDatabase;
  let database: Sequelize;
  let nats: NatsConnection;
  const endings: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    broker = await ownBroker();
    schema = await createTestDatabase('growth');
    database = connectDatabase(schema.url);
    await createInboxTables(database.getQueryInterface());
    nats = await connectNats('test', broker.url);
  });
  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
    await nats.close();
    await database.close();
    await schema.drop();
    await broker.end();
  });

  async function fill(stream: string, subjects: string, bytes: number): Promise<void> {
    const log = await openLog(nats, stream, subjects);
    await ensureLog(log, small);
    const subject = subjects.replace('>', 'orders.one.v1');
    for (let id = 0; id < 10; id += 1) await storeEntry(log, subject, Buffer.alloc(bytes / 10), `${id}`);
  }

  function report(looks: Parameters<typeof reportGrowth>[0]['looks']) {
    const registry = new Registry();
    const growth = reportGrowth({ program: 'test', registry, logger, looks, everyMs: 50 });
    growth.answerOver(nats);
    endings.push(() => growth.stop());
    return registry;
  }

  async function alarms(): Promise<string[]> {
    const [answer] = await gatherJson(nats, growthSubject, {}, growthAnswerSchema);
    return (answer?.readings ?? []).flatMap(({ store, bound, alarm }) =>
      alarm ? [`${store} ${bound}`] : [],
    );
  }

  it('are measured from the tables, and an alarm begins and ends with what is there', async () => {
    await database.query('CREATE TABLE aged (at DATETIME(3), kind INT, KEY (at))');
    await database.query(
      'INSERT INTO aged VALUES (UTC_TIMESTAMP(3) - INTERVAL 9 DAY, 1), (UTC_TIMESTAMP(3), 2)',
    );
    const registry = report([
      tablesOf('test', database, [
        agingTable('aged', 'rows', 'nobody', {
          of: 'ones',
          days: 5,
          column: 'at',
          where: 'kind = 1',
          end: 'removed',
        }),
        agingTable('retired', 'is not there', 'nobody', { days: 1, column: 'at', end: 'removed' }),
        fixedTable('inbox_places', 'places', 'consumer', 100),
        businessTable('inbox', 'events'),
      ]),
    ]);
    await until('the alarm is told', async () => (await alarms()).length > 0);
    expect(await alarms()).toEqual(['aged of test (ones) age']);
    const figures = await registry.metrics();
    expect(figures).toContain('strangler_store_alarm{store="aged of test (ones)",bound="age"} 1');
    expect(figures).toMatch(/strangler_store_used_ratio\{store="aged of test \(ones\)",bound="age"\} 1\.8/);
    expect(figures).toMatch(/strangler_store_bytes\{store="inbox of test"\} [1-9]/);
    expect(figures).toContain('strangler_store_alarm{store="inbox_places of test",bound="rows"} 0');
    await database.query('DELETE FROM aged WHERE kind = 1');
    await until('the alarm ends', async () => (await alarms()).length === 0);
  });

  it('are told of before dead letters are refused', async () => {
    report([consumersOf(() => nats, database, [])]);
    await fill(deadLetterStream, deadLetterSubjects, 60_000);
    expect(await alarms()).toEqual([]);
    const log = await openLog(nats, deadLetterStream, deadLetterSubjects);
    await storeEntry(log, deadLetterSubjects.replace('>', 'two'), Buffer.alloc(25_000), 'two');
    await until('the alarm is told', async () => (await alarms()).join() === `${deadLetterStream} bytes`);
  });

  it('are told of before the stream drops what a consumer has not seen, whatever others have', async () => {
    await fill(eventStream, eventSubjects, 85_000);
    const state = await logState(await openLog(nats, eventStream, eventSubjects));
    const place = { logCreatedAt: state?.createdAt ?? '', eventId: '1' };
    await savePlace(database, 'quick', { ...place, logSequence: 9 });
    await savePlace(database, 'slow', { ...place, logSequence: 0 });
    report([consumersOf(() => nats, database, ['quick', 'slow'])]);
    await until('the alarm is told', async () => (await alarms()).length > 0);
    expect(await alarms()).toEqual(['events unseen by slow bytes']);
  });

  it('are measured without those that can not be', async () => {
    const broken = () => Promise.reject(new Error('away'));
    const registry = report([
      broken,
      tablesOf('test', database, [fixedTable('inbox_places', 'places', 'consumer', 100)]),
    ]);
    await until('the rest is measured', async () =>
      (await registry.metrics()).includes(
        'strangler_store_alarm{store="inbox_places of test",bound="rows"} 0',
      ),
    );
  });
});
