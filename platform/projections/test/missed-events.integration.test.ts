import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { QueryTypes, type Sequelize } from 'sequelize';
import {
  type DomainEvent,
  eventStream,
  eventSubject,
  eventSubjects,
} from '#contracts/strangler/domain-event.js';
import { connectDatabase } from '#platform/database/connect-database.js';
import { createInboxTables } from '#platform/database/inbox-tables.js';
import { createProjectionsTable } from '#platform/database/projection-table.js';
import { runAlone } from '#platform/database/run-alone.js';
import { findPlace } from '#platform/inbox/inbox.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { ensureLog, openLog, type OrderedLog, storeEntry } from '#platform/messaging/ordered-log.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { type OwnServer, ownBroker } from '../../../sidecar/test/support/own-servers.js';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import { wideDatabase } from '../../../tests/support/wide-limits.js';
import type { Projection } from '../projection.js';
import { beginBuild, findProjection } from '../projection-rows.js';
import { runProjections } from '../run-projections.js';

const type = 'orders.confirmed.v1';
const name = 'views';

describe('a projection whose events the stream has dropped before it saw them', () => {
  let broker: OwnServer;
  let schema: TestDatabase;
  let database: Sequelize;
  let own: Sequelize;
  let nats: NatsConnection;
  let log: OrderedLog;
  let registry: Registry;
  let stop: (() => Promise<void>) | undefined;
  /** What has happened: where a build finds what is in the stream no more. */
  let history: number[];
  /** Awaited by a build once it has read that. */
  let gate: Promise<void>;
  let reading: boolean;

  beforeEach(async () => {
    broker = await ownBroker();
    nats = await connectNats('test', broker.url);
    log = await openLog(nats, eventStream, eventSubjects);
    await ensureLog(log);
    schema = await createTestDatabase('missed');
    database = connectDatabase(schema.url, 5, wideDatabase);
    own = connectDatabase(schema.url, 5, wideDatabase);
    await createProjectionsTable(database.getQueryInterface());
    await createInboxTables(database.getQueryInterface());
    await database.query('CREATE TABLE views (build INT, number INT, PRIMARY KEY (build, number))');
    [history, gate, reading] = [[], Promise.resolve(), false];
  });
  afterEach(async () => {
    await stop?.();
    await nats.close();
    await Promise.all([database.close(), own.close()]);
    await schema.drop();
    await broker.end();
  });

  async function write(numbers: readonly number[], build: number, ...rest: unknown[]): Promise<void> {
    for (const number of numbers)
      await database.query('INSERT IGNORE INTO views VALUES (?, ?)', {
        ...{ replacements: [build, number], transaction: rest[0] as null },
      });
  }

  const projection = (): Projection => ({
    ...{ name, types: [type] },
    apply: (events, build, transaction) =>
      write(
        events.map(({ data }) => Number(data['number'])),
        build,
        transaction,
      ),
    sources: [
      {
        name: 'orders',
        size: () => Promise.resolve(history.length),
        async read(after) {
          if (after !== undefined) return undefined;
          const found = [...history];
          reading = true;
          await gate;
          return {
            ...{ after: 'end', size: found.length },
            write: (build, transaction) => write(found, build, transaction),
          };
        },
      },
    ],
    clear: () => Promise.resolve(0),
  });

  function start(): void {
    registry = new Registry();
    stop = runProjections({
      ...{ program: 'test', database, own, nats, registry, pauseMs: 10, projections: [projection()] },
      logger: createLogger('test', process.env['TEST_LOG_LEVEL'] ?? 'silent'),
    });
  }

  async function say(...numbers: number[]): Promise<void> {
    history.push(...numbers);
    for (const number of numbers) {
      const event: DomainEvent = {
        ...{ eventId: randomUUID(), type, capability: 'orders', key: 'o-1', side: 'service', epoch: 1 },
        ...{ occurredAt: '2026-01-01T00:00:00.000Z', sequence: number, data: { number } },
      };
      await storeEntry(log, eventSubject(type), Buffer.from(JSON.stringify(event)), event.eventId);
    }
  }

  /** What is read now. */
  async function live(): Promise<number[]> {
    const rows = await database.query<{ number: number }>(
      'SELECT number FROM views WHERE build = (SELECT live_build FROM projections) ORDER BY number',
      { type: QueryTypes.SELECT },
    );
    return rows.map(({ number }) => number);
  }

  const untilLive = (...numbers: number[]) =>
    until(`it has ${numbers.join()}`, async () => (await live()).join() === numbers.join());

  it('is built anew, so that it lacks nothing, and counts them', async () => {
    start();
    await say(1);
    await untilLive(1);
    await until('it is built', async () => (await findProjection(database, name)).liveBuild === 1);
    await until('it has seen the event', async () => (await findPlace(database, name))?.logSequence === 1);
    await stop?.();
    await say(2, 3, 4);
    await log.manager.streams.purge(eventStream, { seq: 4 });
    start();
    await untilLive(1, 2, 3, 4);
    expect(await findProjection(database, name)).toMatchObject({ liveBuild: 2, nextBuild: null });
    expect(await registry.metrics()).toContain('strangler_events_missed_total{consumer="views"} 2');
  });

  it('is built once more where a build was under way that had read too early', async () => {
    start();
    await say(1);
    await untilLive(1);
    await until('it is built', async () => (await findProjection(database, name)).liveBuild === 1);
    await until('it has seen the event', async () => (await findPlace(database, name))?.logSequence === 1);
    await stop?.();
    let open = (): void => undefined;
    gate = new Promise((resolve) => (open = resolve));
    await beginBuild(database, name);
    await say(2, 3);
    await log.manager.streams.purge(eventStream, { seq: 3 });
    // What this build reads does not have the event that is gone; nobody sees the stream before it has read that.
    [history, reading] = [[1], false];
    await runAlone(own, `consumer ${name}`, async () => {
      start();
      await until('the build has read', () => reading);
    });
    await until('another has begun', async () => (await findProjection(database, name)).nextBuild === 3);
    history = [1, 2, 3];
    open();
    await untilLive(1, 2, 3);
    expect(await findProjection(database, name)).toMatchObject({ liveBuild: 3, nextBuild: null });
  });
});
