import { afterEach, describe, expect, it } from '@jest/globals';
import { same, mapColumns } from '#contracts/strangler/map-columns.js';
import type { Move } from '#contracts/strangler/move.js';
import { connectMysql, selectRows } from '../../../sidecar/database/connect-mysql.js';
import { bucketOfRow } from '../../../sidecar/rows/bucket-of-row.js';
import { createBlogDatabase, type BlogDatabase } from './guarded-blog.js';

const things = { table: 'things', key: ['id'], ownedBy: 'owner' } as const;
const move: Move = {
  capability: 'things',
  tables: [{ monolith: things, service: things, ...mapColumns(same('id', 'owner')) }],
};

describe('the owning key of a guarded row', () => {
  let database: BlogDatabase;
  afterEach(() => database.drop());

  const all = Array.from({ length: 100 }, (_, index) => index + 1);

  async function createThings(column: string): Promise<void> {
    database = await createBlogDatabase(
      [`CREATE TABLE things (id INT UNSIGNED PRIMARY KEY, ${column}) CHARACTER SET utf8mb4`],
      move,
    );
  }

  /** The bucket as the sidecar finds it, by what it reads. */
  async function bucketOfThing(id: number): Promise<number> {
    const connection = await connectMysql(database.url);
    const [row] = await selectRows<Record<string, string | number | null>>(
      connection,
      'SELECT * FROM things WHERE id = ?',
      [id],
    );
    connection.destroy();
    if (!row) throw new Error('the thing is not there');
    return bucketOfRow('things', things, row);
  }

  it.each([
    ['TINYINT', '-5'],
    ['SMALLINT UNSIGNED ZEROFILL', '42'],
    ['BIGINT UNSIGNED', '18446744073709551615'],
    ['BIGINT', '-9007199254740993'],
    ['DECIMAL(10,2)', '1.5'],
    ['YEAR', '2024'],
    ['CHAR(10)', "'ab  '"],
    ['CHAR(10)', "''"],
    ['VARCHAR(50)', "'ab  '"],
    ['VARCHAR(50) COLLATE utf8mb4_general_ci', "'Straße 😀'"],
    ['VARCHAR(50) CHARACTER SET latin1', "'Ærøskøbing'"],
    ['TEXT', "'it''s \\\\ long'"],
    ["ENUM('small', 'größer')", "'größer'"],
    ['VARCHAR(50) NULL', 'NULL'],
  ])('is in the bucket in which the sidecar finds it: %s %s', async (type, value) => {
    await createThings(`owner ${type}`);
    await database.admin.query(`INSERT INTO things VALUES (1, ${value})`);
    const bucket = await bucketOfThing(1);
    await database.install();
    const program = await database.asProgram();
    await database.own([bucket]);
    await program.query(`INSERT INTO things VALUES (2, ${value})`);
    await program.query('UPDATE things SET id = 3 WHERE id = 2');
    await program.query('DELETE FROM things WHERE id = 3');
    await database.own(all.filter((one) => one !== bucket));
    for (const sql of [
      `INSERT INTO things VALUES (2, ${value})`,
      'UPDATE things SET id = 3',
      'DELETE FROM things',
    ])
      await expect(program.query(sql)).rejects.toThrow(`bucket ${bucket} of things`);
    program.destroy();
  });

  it('moves to another bucket with a change of letters only', async () => {
    await createThings('owner VARCHAR(50) COLLATE utf8mb4_general_ci');
    await database.admin.query("INSERT INTO things VALUES (1, 'key'), (2, 'KEY')");
    const [small, capital] = [await bucketOfThing(1), await bucketOfThing(2)];
    expect(small).not.toBe(capital);
    await database.install();
    const program = await database.asProgram();
    for (const [owned, missing] of [
      [small, capital],
      [capital, small],
    ] as const) {
      await database.own([owned]);
      await expect(program.query("UPDATE things SET owner = 'KEY' WHERE id = 1")).rejects.toThrow(
        `bucket ${missing}`,
      );
    }
    program.destroy();
  });

  it.each([
    [
      'the database counts up',
      'owner INT UNSIGNED AUTO_INCREMENT UNIQUE',
      'INSERT INTO things (id) VALUES (1)',
    ],
    ['the database makes up', 'owner VARCHAR(40) DEFAULT (UUID())', 'INSERT INTO things (id) VALUES (1)'],
    [
      'follows from the row',
      "owner VARCHAR(40) AS (CONCAT('no. ', id)) STORED",
      'INSERT INTO things (id) VALUES (1)',
    ],
  ])('is known although %s it', async (_, column, insert) => {
    await createThings(column);
    await database.install();
    const program = await database.asProgram();
    await database.own([]);
    const refusal = await program.query(insert).catch((error: unknown) => error as Error);
    await database.own(all);
    expect(refusal).toMatchObject({ sqlState: '45000' });
    await program.query(insert);
    const bucket = await bucketOfThing(1);
    await database.own(all.filter((one) => one !== bucket));
    await expect(program.query('DELETE FROM things')).rejects.toThrow(`bucket ${bucket} of things`);
    program.destroy();
  });

  it.each([
    ['a change of what it follows from', "owner VARCHAR(40) AS (CONCAT('no. ', id)) STORED"],
    ['a change of what it follows from, unstored', "owner VARCHAR(40) AS (CONCAT('no. ', id)) VIRTUAL"],
  ])('is looked at before and after %s', async (_, column) => {
    await createThings(column);
    await database.admin.query('INSERT INTO things (id) VALUES (1), (2)');
    const [first, second] = [await bucketOfThing(1), await bucketOfThing(2)];
    await database.admin.query('DELETE FROM things WHERE id = 2');
    await database.install();
    const program = await database.asProgram();
    for (const missing of [first, second]) {
      await database.own(all.filter((one) => one !== missing));
      await expect(program.query('UPDATE things SET id = 2')).rejects.toThrow(`bucket ${missing} of things`);
    }
    await database.own([first, second]);
    await program.query('UPDATE things SET id = 2');
    program.destroy();
  });

  it.each(['FLOAT', 'DOUBLE', 'BINARY(16)', 'BLOB', 'TIMESTAMP NULL', 'DATETIME', 'TIME', 'BIT(8)'])(
    'is refused by name where its text is not the sidecar’s: %s',
    async (type) => {
      await createThings(`owner ${type}`);
      await expect(database.install()).rejects.toThrow(
        /The owning key owner is of type \w+: .*guard: transaction/,
      );
    },
  );
});
