import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Express } from 'express';
import { type Connection, createConnection } from 'mysql2/promise';
import request, { type Response } from 'supertest';
import { connectDatabase } from '#platform/database/connect-database.js';
import { startTestInventory } from '../../extracted/inventory/test/start-test-inventory.js';
import { startTestMonolith } from '../../legacy-monolith/test/start-test-monolith.js';
import { type OwnServer, ownDatabase } from '../../sidecar/test/support/own-servers.js';
import { until } from '../support/until.js';
import { wideDatabase } from '../support/wide-limits.js';

/** The programs' account: unlike the test's, it may not write to a server that is read-only. */
const account = 'shop:shop@';
let server: OwnServer;
/** What happens to the server: a backup, a disk, a person. */
let admin: Connection;

beforeAll(async () => {
  server = await ownDatabase();
  admin = await createConnection(server.url);
  await admin.query("CREATE USER 'shop'@'127.0.0.1' IDENTIFIED BY 'shop'");
});
afterAll(async () => {
  await admin.end();
  await server.end();
});

interface Side {
  /** Waits for locks as long as the test needs. */
  app: Express;
  /** Gives locks up after a second. */
  hasty: Express;
  stop(): Promise<void>;
}

type Start = (
  databaseUrl: string,
  lockWaitSeconds: number,
) => Promise<{ app: Express; stop(): Promise<void> }>;

const limits = (lockWaitSeconds: number) => ({ databaseLimits: { ...wideDatabase, lockWaitSeconds } });
const starts: Record<string, { start: Start; table: string; seed: string[] }> = {
  monolith: {
    start: (databaseUrl, seconds) =>
      startTestMonolith({ databaseUrl, idle: true, smtpUrl: 'smtp://127.0.0.1:9', ...limits(seconds) }),
    table: 'stock_items',
    seed: [
      "INSERT INTO products VALUES ('lantern', 'Lantern', 255, 'GBP', 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))",
      "INSERT INTO stock_items VALUES ('lantern', 100, 0, 1, UTC_TIMESTAMP(3))",
    ],
  },
  service: {
    start: (databaseUrl, seconds) => startTestInventory({ databaseUrl, ...limits(seconds) }),
    table: 'stock_levels',
    seed: [
      "INSERT INTO stock_levels VALUES ('lantern', 100, 0, 1, UTC_TIMESTAMP(3))",
      "UPDATE inventory_ownership SET state = 'owned', epoch = 2",
    ],
  },
};

describe.each(Object.entries(starts))('keyed writes at the %s', (name, { start, table, seed }) => {
  let side: Side;
  const schema = `locked_${name}`;

  beforeAll(async () => {
    await admin.query(`CREATE DATABASE ${schema} CHARACTER SET utf8mb4`);
    await admin.query(`GRANT ALL ON ${schema}.* TO 'shop'@'127.0.0.1'`);
    const url = server.url.replace('test:test@', account) + schema;
    const [patient, hasty] = [await start(url, wideDatabase.lockWaitSeconds), await start(url, 1)];
    side = {
      app: patient.app,
      hasty: hasty.app,
      stop: async () => void (await Promise.all([patient.stop(), hasty.stop()])),
    };
    await admin.changeUser({ database: schema });
    for (const statement of seed) await admin.query(statement);
  });
  afterEach(() => admin.query('UNLOCK TABLES'));
  afterAll(() => side.stop());

  const increase = (app: Express, key?: string) => {
    const post = request(app).post('/inventory/lantern/increase');
    return (key === undefined ? post : post.set('idempotency-key', key)).send({ quantity: 1 });
  };
  const available = async () => {
    const [rows] = await admin.query(`SELECT version FROM ${table} WHERE product_id = 'lantern'`);
    return (rows as { version: number }[])[0]?.version;
  };
  const expectUnavailable = ({ status, body, headers }: Response) => {
    expect({ status, body }).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  };
  /** The write was taken back, and its key is free. */
  const expectNothingDone = async (key: string, before: number | undefined) => {
    expect(await available()).toBe(before);
    const again = await increase(side.app, key);
    expect(again.status).toBe(200);
    expect(again.headers['idempotency-replayed']).toBeUndefined();
  };

  it('wait for the end of a backup that locks all tables', async () => {
    const first = await increase(side.app, 'before');
    await admin.query('FLUSH TABLES WITH READ LOCK');
    let answered = 0;
    const keys = ['a', 'b', 'c', 'before'];
    const writes = keys.map((key) =>
      increase(side.app, key).then((answer) => {
        answered += 1;
        return answer;
      }),
    );
    await until('the writes wait', async () => answered > 0 || (await waiting()) === keys.length);
    await admin.query('UNLOCK TABLES');
    const answers = await Promise.all(writes);
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(keys.map(() => [200, undefined]));
    expect(answers[3]?.headers['idempotency-replayed']).toBe('true');
    expect(answers[3]?.body).toEqual(first.body);
  });

  it('are told to come again where a backup lasts, with a key and without', async () => {
    const before = await available();
    await admin.query('FLUSH TABLES WITH READ LOCK');
    for (const key of ['lasting', undefined]) expectUnavailable(await increase(side.hasty, key));
    expect((await request(side.hasty).get('/inventory/lantern')).status).toBe(200);
    await admin.query('UNLOCK TABLES');
    await expectNothingDone('lasting', before);
  });

  it('are told to come again where a person locks the table of keys alone', async () => {
    const before = await available();
    await admin.query('LOCK TABLES inventory_idempotency READ');
    expectUnavailable(await increase(side.hasty, 'locked'));
    await admin.query('UNLOCK TABLES');
    await expectNothingDone('locked', before);
  });

  it('are in progress where another request holds the key', async () => {
    const other = connectDatabase(server.url + schema, 1);
    const transaction = await other.transaction();
    await other.query(
      "INSERT INTO inventory_idempotency VALUES ('held', REPEAT('0', 64), 'lantern', 0, '', '', UTC_TIMESTAMP(3))",
      { transaction },
    );
    for (const app of [side.app, side.hasty]) {
      const answer = await increase(app, 'held');
      expect(answer).toMatchObject({ status: 409, body: { code: 'request_in_progress' } });
      expect(answer.headers['retry-after']).toBe('1');
    }
    await transaction.rollback();
    await other.close();
    expect(await increase(side.app, 'held')).toMatchObject({ status: 200 });
  });

  it('are told to come again where another transaction holds what they write', async () => {
    const before = await available();
    const other = connectDatabase(server.url + schema, 1);
    const transaction = await other.transaction();
    await other.query(`SELECT 1 FROM ${table} FOR UPDATE`, { transaction });
    expectUnavailable(await increase(side.hasty, 'row'));
    await transaction.rollback();
    await other.close();
    await expectNothingDone('row', before);
  });

  it('are told to come again where the server is read-only', async () => {
    const before = await available();
    await admin.query('SET GLOBAL read_only = 1');
    try {
      expectUnavailable(await increase(side.app, 'read-only'));
    } finally {
      await admin.query('SET GLOBAL read_only = 0');
    }
    await expectNothingDone('read-only', before);
  });

  it.each([
    ['the table of keys', 'inventory_idempotency', 'INSERT', 1114],
    ['the stock', table, 'UPDATE', 1021],
  ])('are told to come again where the disk is full: %s', async (_what, full, statement, errno) => {
    const before = await available();
    await admin.query(
      `CREATE TRIGGER full_disk BEFORE ${statement} ON ${full} FOR EACH ROW
       SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = ${errno}, MESSAGE_TEXT = 'no space left'`,
    );
    try {
      expectUnavailable(await increase(side.app, `full-${full}`));
    } finally {
      await admin.query('DROP TRIGGER full_disk');
    }
    await expectNothingDone(`full-${full}`, before);
  });

  async function waiting(): Promise<number> {
    const [rows] = await admin.query(
      "SELECT 1 FROM information_schema.processlist WHERE db = DATABASE() AND state LIKE 'Waiting for%lock'",
    );
    return (rows as unknown[]).length;
  }
});
