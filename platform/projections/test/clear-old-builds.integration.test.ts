import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { QueryTypes, type Sequelize } from 'sequelize';
import { connectDatabase } from '#platform/database/connect-database.js';
import { createInboxTables } from '#platform/database/inbox-tables.js';
import { createProjectionsTable } from '#platform/database/projection-table.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { type OwnServer, ownBroker } from '../../../sidecar/test/support/own-servers.js';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import { wideDatabase } from '../../../tests/support/wide-limits.js';
import type { Projection } from '../projection.js';
import { addProjection, beginBuild, findProjection } from '../projection-rows.js';
import { runProjections } from '../run-projections.js';

const name = 'views';
const rows = 100_000;
let broker: OwnServer;
let nats: NatsConnection;
let schema: TestDatabase;
let database: Sequelize;
let own: Sequelize;
let stop: (() => Promise<void>) | undefined;
/** Rows of each piece that was deleted. */
let pieces: number[];

beforeAll(async () => {
  broker = await ownBroker();
  nats = await connectNats('test', broker.url);
});
beforeEach(async () => {
  schema = await createTestDatabase('projections');
  [database, own] = [
    connectDatabase(schema.url, 5, wideDatabase),
    connectDatabase(schema.url, 5, wideDatabase),
  ];
  await createProjectionsTable(database.getQueryInterface());
  await createInboxTables(database.getQueryInterface());
  await database.query('CREATE TABLE views (build INT UNSIGNED, id INT UNSIGNED, PRIMARY KEY (build, id))');
  await fill(1, rows);
  await fill(2, 10);
  await addProjection(database, name);
  await database.query('UPDATE projections SET live_build = 2, last_build = 2');
  pieces = [];
  stop = undefined;
});
afterEach(async () => {
  await stop?.();
  await Promise.all([database.close(), own.close()]);
  await schema.drop();
});
afterAll(async () => {
  await nats.close();
  await broker.end();
});

async function fill(build: number, most: number): Promise<void> {
  const digit = '(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4)';
  const digits = Array.from({ length: 8 }, (_, index) => `${digit} AS d${index}`);
  const number = digits.map((_, index) => `d${index}.d * ${5 ** index}`).join(' + ');
  await database.query(
    `INSERT INTO views SELECT ${build}, ${number} FROM ${digits.join(', ')} LIMIT ${most}`,
  );
}

const projection = (): Projection => ({
  ...{ name, types: [], sources: [] },
  apply: () => Promise.resolve(),
  clear: async (before, limit) => {
    const deleted = await database.query('DELETE FROM views WHERE build < ? LIMIT ?', {
      ...{ replacements: [before, limit], type: QueryTypes.BULKDELETE },
    });
    pieces.push(deleted);
    return deleted;
  },
});

async function left(build: number): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    'SELECT COUNT(*) AS count FROM views WHERE build = ?',
    {
      ...{ replacements: [build], type: QueryTypes.SELECT },
    },
  );
  return Number(row?.count);
}

function start(own: Sequelize, clear = projection()): void {
  stop = runProjections({
    ...{ program: 'test', database, own, nats, logger: createLogger('test', 'silent') },
    ...{ registry: new Registry(), pauseMs: 10, projections: [clear] },
  });
}

describe('what is left of an old build', () => {
  it('is deleted in small pieces, and nothing of what is read', async () => {
    await database.query('DELETE FROM views WHERE build = 1 AND id >= 3000');
    start(own);
    await until('all of it is gone', async () => (await left(1)) === 0);
    expect(Math.max(...pieces)).toBeLessThanOrEqual(500);
    expect(await left(2)).toBe(10);
  });

  it('keeps nobody from ending the program', async () => {
    start(own);
    await until('it has begun', () => pieces.length > 0);
    await stop?.();
    stop = undefined;
    expect(await left(1)).toBeGreaterThan(0);
  });

  it('keeps nobody from building anew, however much it is', async () => {
    const endless = {
      ...projection(),
      clear: (_: number, limit: number) => Promise.resolve(pieces.push(limit) && limit),
    };
    start(own, endless);
    await until('it has begun', () => pieces.length > 0);
    await beginBuild(database, name);
    await until('it is built', async () => (await findProjection(database, name)).nextBuild === null);
    expect((await findProjection(database, name)).liveBuild).toBe(3);
  });

  it('is deleted with rests between', async () => {
    const times: number[] = [];
    const endless = {
      ...projection(),
      clear: (_: number, limit: number) => Promise.resolve(times.push(performance.now()) && limit),
    };
    start(own, endless);
    await until('some pieces are deleted', () => times.length > 3);
    const rests = times.slice(1, 4).map((time, index) => time - times[index]!);
    expect(Math.min(...rests)).toBeGreaterThan(90);
  });
});
