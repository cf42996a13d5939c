import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Sequelize, Transaction } from 'sequelize';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/servers.js';
import { AppError } from '#platform/errors/app-error.js';
import type { Answer, Write } from '#platform/http/route.js';
import { connectDatabase } from '../connect-database.js';
import { createIdempotencyTable, keepKeysByResource, rememberAnswers } from '../idempotency.js';
import { runUnmovedWrites } from '#platform/ownership/guard-writes.js';
import type { Guarded } from '../guarded.js';
import { changeIn, selectIn } from '../run-statement.js';

let schema: TestDatabase;
let database: Sequelize;

beforeAll(async () => {
  schema = await createTestDatabase('idempotency');
  database = connectDatabase(schema.url);
  await createIdempotencyTable(database.getQueryInterface(), 'things');
  await keepKeysByResource(database.getQueryInterface(), 'things');
  await database.query('CREATE TABLE work_done (id INT AUTO_INCREMENT PRIMARY KEY)');
});
beforeEach(async () => {
  await database.query('DELETE FROM things_idempotency');
  await database.query('DELETE FROM work_done');
});
afterAll(async () => {
  await database.close();
  await schema.drop();
});

const write: Write = {
  capability: 'things',
  resourceKey: 'thing-1',
  idempotencyKey: 'key-1',
  requestHash: 'hash-1',
  path: '/things/thing-1',
};
const refused = new AppError('insufficient_stock', 'There is not enough of it');
const refusal = { status: 409, body: expect.objectContaining({ code: 'insufficient_stock' }) };

/** Runs each transaction after what is to happen before it, by its number from 1. */
function remembering(before: Record<number, () => Promise<unknown>> = {}) {
  let begun = 0;
  return rememberAnswers<Guarded<string>>(async (write, work) => {
    await before[(begun += 1)]?.();
    return runUnmovedWrites(database, 'things')(write, work);
  });
}

async function doWork(transaction: Transaction): Promise<Answer> {
  await changeIn(transaction, 'INSERT INTO work_done () VALUES ()');
  return { status: 201, body: { made: true } };
}

async function doAndRefuse(transaction: Transaction): Promise<Answer> {
  await doWork(transaction);
  throw refused;
}

const countIn = async (table: string): Promise<number> => {
  const rows = await database.transaction((transaction) =>
    selectIn<{ count: number }>(transaction, `SELECT COUNT(*) AS count FROM ${table}`, []),
  );
  return rows[0]?.count ?? -1;
};

describe('answers under clients’ keys', () => {
  it('are given again, and the work is done once', async () => {
    const run = remembering();
    expect(await run(write, doWork)).toMatchObject({ status: 201, body: { made: true }, replayed: false });
    expect(await run(write, doWork)).toMatchObject({ status: 201, body: { made: true }, replayed: true });
    expect(await countIn('work_done')).toBe(1);
  });

  it('of refusals are given again, and nothing of the refused work stays', async () => {
    const run = remembering();
    expect(await run(write, doAndRefuse)).toMatchObject({ ...refusal, replayed: false });
    expect(await run(write, doWork)).toMatchObject({ ...refusal, replayed: true });
    expect(await countIn('work_done')).toBe(0);
  });

  it('are not given to another request under the same key', async () => {
    await remembering()(write, doWork);
    const other = remembering()({ ...write, requestHash: 'hash-2' }, doWork);
    await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    const elsewhere = remembering()({ ...write, requestHash: 'hash-2', resourceKey: 'thing-2' }, doWork);
    await expect(elsewhere).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    expect(await countIn('work_done')).toBe(1);
  });

  it('are in progress for a copy that comes before the work is done', async () => {
    const run = remembering();
    const first = await run(write, async (transaction) => {
      await expect(run(write, doWork)).rejects.toMatchObject({ code: 'request_in_progress' });
      return doWork(transaction);
    });
    expect(first).toMatchObject({ status: 201, replayed: false });
    expect(await countIn('work_done')).toBe(1);
  });

  it('are one for copies that come at the same time', async () => {
    const run = remembering();
    const ends = await Promise.allSettled(Array.from({ length: 8 }, () => run(write, doWork)));
    expect(await countIn('work_done')).toBe(1);
    const answered = ends.filter(({ status }) => status === 'fulfilled');
    const others = ends.filter(({ status }) => status === 'rejected');
    expect(answered.length).toBeGreaterThan(0);
    expect(answered).toEqual(
      answered.map(() => expect.objectContaining({ value: expect.objectContaining({ status: 201 }) })),
    );
    expect(others).toEqual(
      others.map(() =>
        expect.objectContaining({ reason: expect.objectContaining({ code: 'request_in_progress' }) }),
      ),
    );
  });

  it('are those of a copy that did its work between a refusal and its keeping', async () => {
    const run = remembering({ 2: () => remembering()(write, doWork) });
    expect(await run(write, doAndRefuse)).toMatchObject({ status: 201, replayed: true });
    expect(await countIn('work_done')).toBe(1);
  });

  it('of failures are not given again: the same request is tried again, and no other', async () => {
    const run = remembering();
    const failed = { status: 504, body: { failed: true } };
    expect(await run(write, async () => failed)).toMatchObject({ ...failed, replayed: false });
    const other = run({ ...write, requestHash: 'hash-2' }, doWork);
    await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    expect(await run(write, async () => failed)).toMatchObject({ ...failed, replayed: false });
    expect(await run(write, doWork)).toMatchObject({ status: 201, replayed: false });
    expect(await run(write, doWork)).toMatchObject({ status: 201, replayed: true });
    expect(await countIn('things_idempotency')).toBe(1);
  });

  it('of failures are kept where a further try is taken back, and give way to a refusal', async () => {
    const run = remembering();
    await run(write, async () => ({ status: 503, body: {} }));
    const lost = new AppError('unavailable', 'no database');
    await expect(run(write, () => Promise.reject(lost))).rejects.toBe(lost);
    const other = run({ ...write, requestHash: 'hash-2' }, doWork);
    await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    expect(await run(write, doAndRefuse)).toMatchObject({ ...refusal, replayed: false });
    expect(await run(write, doWork)).toMatchObject({ ...refusal, replayed: true });
  });

  it('of failures give way to one of two copies that come at the same time', async () => {
    const run = remembering();
    await run(write, async () => ({ status: 504, body: {} }));
    const ends = await Promise.allSettled(Array.from({ length: 8 }, () => run(write, doWork)));
    expect(ends.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await countIn('work_done')).toBe(1);
  });

  it('are none where the program fails, or another side owns the resource', async () => {
    for (const error of [new AppError('unavailable', 'no database'), new AppError('not_owner', 'not here')]) {
      const failing = remembering()(write, async (transaction) => {
        await doWork(transaction);
        throw error;
      });
      await expect(failing).rejects.toBe(error);
      expect(await countIn('things_idempotency')).toBe(0);
      expect(await countIn('work_done')).toBe(0);
    }
  });
});
