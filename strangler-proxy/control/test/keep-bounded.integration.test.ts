import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { QueryTypes, type Sequelize } from 'sequelize';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { controlMigrations } from '../../../migrations/schema/control/index.js';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/servers.js';
import { newestEpoch } from '../abandon/abandonment.js';
import { appendEntry } from '../audit/append-entry.js';
import { archiveEntries, type ArchiveLimits } from '../audit/archive-entries.js';
import { findBreak } from '../audit/find-break.js';
import { readAudit } from '../audit/read-audit.js';
import { forgetClosed } from '../journal/forget-closed.js';
import { type Leader, takeTerm } from '../fence/fence.js';

let schema: TestDatabase;
let database: Sequelize;
let leader: Leader;

beforeEach(async () => {
  schema = await createTestDatabase('control');
  database = connectDatabase(schema.url);
  await migrateSchema(database, controlMigrations, createLogger('test', 'silent'));
  leader = await takeTerm(database, 'test');
});
afterEach(async () => {
  await database.close();
  await schema.drop();
});

const select = <Row extends object>(sql: string) => database.query<Row>(sql, { type: QueryTypes.SELECT });
const count = async (table: string) =>
  Number((await select<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`))[0]?.n);

describe('the audit', () => {
  /** All is old at once, a piece is small, and none is removed. */
  const atOnce: ArchiveLimits = { days: 0, entries: 1_000, perPiece: 3, pieceDays: 100 };

  async function append(entries: number): Promise<void> {
    for (let entry = 0; entry < entries; entry += 1)
      await runTransaction(database, (transaction) =>
        appendEntry(
          database,
          {
            ...{ who: 'änna', action: `act ${entry}`, capability: null, outcome: 'done', reason: null },
            ...{ before: null, after: { entry } },
          },
          transaction,
        ),
      );
  }

  const broken = async () => [await findBreak(database, 'rows'), await findBreak(database, 'contents')];
  const numbers = async (limit: number, before?: number) =>
    (await readAudit(database, limit, before)).map(({ id }) => id);

  it('moves old entries into pieces, is read across them, and stays whole', async () => {
    await append(10);
    await archiveEntries(leader, atOnce);
    expect(await select('SELECT number, first_id AS first, last_id AS last FROM audit_piece')).toEqual([
      { number: 1, first: 1, last: 3 },
      { number: 2, first: 4, last: 6 },
      { number: 3, first: 7, last: 9 },
      { number: 4, first: 10, last: 10 },
    ]);
    expect(await count('audit_entry')).toBe(0);
    expect(await broken()).toEqual([null, null]);
    await append(2);
    expect(await broken()).toEqual([null, null]);
    expect(await numbers(100)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(await numbers(5)).toEqual([12, 11, 10, 9, 8]);
    expect(await numbers(3, 8)).toEqual([7, 6, 5]);
    expect((await readAudit(database, 1, 2))[0]).toMatchObject({
      who: 'änna',
      action: 'act 0',
      after: { entry: 0 },
    });
  });

  it('leaves young entries where they are, unless there are too many', async () => {
    await append(10);
    await archiveEntries(leader);
    expect(await count('audit_piece')).toBe(0);
    await archiveEntries(leader, { ...atOnce, days: 60, entries: 6 });
    expect(await count('audit_entry')).toBe(4);
    expect(await broken()).toEqual([null, null]);
  });

  it('is whole however many append while it is archived', async () => {
    await append(5);
    await Promise.all([
      append(20),
      append(20),
      archiveEntries(leader, atOnce),
      archiveEntries(leader, atOnce),
    ]);
    expect(await broken()).toEqual([null, null]);
    expect(await numbers(100)).toHaveLength(45);
  });

  it('forgets pieces that are too old, says so, and is whole from there on', async () => {
    await append(7);
    await archiveEntries(leader, { ...atOnce, pieceDays: 0 });
    expect(await count('audit_piece')).toBe(0);
    expect(
      (await readAudit(database, 10, undefined)).map(({ id, action, before }) => ({ id, action, before })),
    ).toMatchObject([
      { id: 10, before: { piece: 3, from: 7, to: 7 } },
      { id: 9, before: { piece: 2, from: 4, to: 6 } },
      { id: 8, action: 'remove a piece of the audit', before: { piece: 1, from: 1, to: 3 } },
    ]);
    expect(await broken()).toEqual([null, null]);
    await archiveEntries(leader, atOnce);
    expect(await broken()).toEqual([null, null]);
  });

  /** Changes the text of a piece as somebody would who knows how it is stored. */
  async function forge(number: number, alsoItsHash: boolean): Promise<void> {
    const [piece] = await select<{ content: Buffer }>(
      `SELECT content FROM audit_piece WHERE number = ${number}`,
    );
    const text = gunzipSync(piece?.content ?? '')
      .toString()
      .replace('"who":"änna"', '"who":"nobody"');
    await database.query('UPDATE audit_piece SET content = ?, hash = ? WHERE number = ?', {
      replacements: [
        gzipSync(text),
        alsoItsHash ? createHash('sha256').update(text).digest('hex') : await hashOf(number),
        number,
      ],
    });
  }

  async function hashOf(number: number): Promise<string> {
    const [row] = await select<{ hash: string }>(`SELECT hash FROM audit_piece WHERE number = ${number}`);
    return row?.hash ?? '';
  }

  const whole = /^whole$/;
  const tampering: [what: string, how: () => Promise<unknown>, byRows: RegExp, byContents: RegExp][] = [
    ['whose content was changed', () => forge(2, false), whole, /piece 2 of the archive was changed/],
    [
      'whose content and hash were changed',
      () => forge(2, true),
      /piece 3 of the archive does not follow/,
      /entry 4 was changed .* in piece 2/,
    ],
    ['that is the last one, with its hash', () => forge(3, true), whole, /entry 7 was changed/],
    [
      'that was removed from the beginning',
      () => database.query('DELETE FROM audit_piece WHERE number = 1'),
      /piece 1 of the archive is missing/,
      /piece 1 of the archive is missing/,
    ],
    [
      'that was removed from the middle',
      () => database.query('DELETE FROM audit_piece WHERE number = 2'),
      /piece 2 of the archive is missing/,
      /piece 2 of the archive is missing/,
    ],
    [
      'that was removed from the end',
      () => database.query('DELETE FROM audit_piece WHERE number = 3'),
      /entry 7 is missing/,
      /entry 7 is missing/,
    ],
    [
      'whose row says another end',
      () => database.query(`UPDATE audit_piece SET last_hash = REPEAT('1', 64) WHERE number = 3`),
      /entry 10 does not follow/,
      /piece 3 of the archive does not end where its row says/,
    ],
  ];

  it.each(tampering)('notices a piece %s', async (_what, how, byRows, byContents) => {
    await append(9);
    await archiveEntries(leader, atOnce);
    await append(2);
    await how();
    const [rows, contents] = await broken();
    expect(rows ?? 'whole').toMatch(byRows);
    expect(contents).toMatch(byContents);
  });
});

describe('the journal', () => {
  async function handOver(
    id: string,
    bucket: number,
    expected: number,
    closedDaysAgo: number | null,
  ): Promise<void> {
    const closed = closedDaysAgo === null ? 'NULL' : `UTC_TIMESTAMP(3) - INTERVAL ${closedDaysAgo * 24} HOUR`;
    const state = closedDaysAgo === null ? 'granting' : 'done';
    await database.query(
      `INSERT INTO hand_over (id, capability, from_side, to_side, run, state, attempts, begun_at, changed_at, closed_at)
       VALUES ('${id}', 'stock', 'monolith', 'service', 1, '${state}', 0, UTC_TIMESTAMP(3) - INTERVAL 1 YEAR,
         UTC_TIMESTAMP(3), ${closed})`,
    );
    await database.query(
      `INSERT INTO hand_over_bucket (hand_over_id, bucket, capability, expected) VALUES ('${id}', ${bucket}, 'stock', ${expected})`,
    );
    await database.query(
      `INSERT INTO hand_over_step (hand_over_id, at, term, state) VALUES ('${id}', UTC_TIMESTAMP(3), 1, 'done')`,
    );
  }

  const left = async () =>
    (await select<{ id: string }>('SELECT id FROM hand_over ORDER BY id')).map(({ id }) => id);

  it('forgets hand-overs that were closed long ago, but for the newest and the last of each bucket', async () => {
    await handOver('resting', 2, 50, 400);
    for (let number = 0; number < 8; number += 1) await handOver(`old ${number}`, 1, number, 300 - number);
    await handOver('young', 1, 20, 89);
    await handOver('open', 1, 21, null);
    const epoch = await newestEpoch(database, 'stock');
    await forgetClosed(leader, { handOverDays: 90, handOversKept: 3, completionStepDays: 365 });
    expect(await left()).toEqual(['old 6', 'old 7', 'open', 'resting', 'young']);
    expect([await count('hand_over_bucket'), await count('hand_over_step')]).toEqual([5, 5]);
    expect(await newestEpoch(database, 'stock')).toBe(epoch);
  });

  it('keeps all where there are few, and forgets old steps of completions', async () => {
    for (let number = 0; number < 3; number += 1) await handOver(`old ${number}`, 1, number, 300);
    for (const days of [366, 364])
      await database.query(
        `INSERT INTO completion_step (capability, at, term, state)
         VALUES ('stock', UTC_TIMESTAMP(3) - INTERVAL ${days} DAY, 1, 'leaving')`,
      );
    await forgetClosed(leader);
    expect(await left()).toHaveLength(3);
    expect(await count('completion_step')).toBe(1);
  });
});
