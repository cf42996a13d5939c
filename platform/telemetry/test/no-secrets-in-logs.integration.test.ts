import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import { QueryTypes, type Sequelize } from 'sequelize';
import { connectDatabase } from '#platform/database/connect-database.js';
import { createTestDatabase, type TestDatabase, testServers } from '../../../tests/support/servers.js';
import { createLogger } from '../logger.js';

/** What a statement may be about, and no log may have. */
const token = 'tok_canary_4242';
const email = 'canary@example.com';
let schema: TestDatabase;
let database: Sequelize;

beforeAll(async () => {
  schema = await createTestDatabase('canary');
  database = connectDatabase(schema.url);
  await database.query('CREATE TABLE notes (email VARCHAR(40) PRIMARY KEY, token VARCHAR(16), amount INT)');
  await database.query(`INSERT INTO notes VALUES ('${email}', 'x', 1)`);
});
afterAll(async () => {
  await database.close();
  await schema.drop();
});

/** All that a program would write of an error, at any level of an object. */
function logged(error: unknown): string {
  let written = '';
  const logger = createLogger('test', 'trace', { write: (line) => void (written += line) });
  logger.error({ err: error }, 'it failed');
  logger.warn({ error }, 'it failed');
  logger.info({ reason: error }, 'it failed');
  logger.error(error, 'it failed');
  logger.error({ err: new Error('wrapped', { cause: error }) }, 'it failed');
  logger.error({ err: new AggregateError([error], 'several') }, 'it failed');
  logger.error({ err: error });
  logger.error(error);
  logger.error({ cause: error, all: [error], each: { of: { them: error } } }, 'under any name');
  const words = (error as Error).message;
  logger.warn({ reason: words, all: [{ problem: `it failed: ${words}` }] }, 'as a text');
  logger.warn(`it failed: ${words}`);
  logger.child({ capability: 'notes' }).warn('it failed: %s', words);
  return written;
}

async function failureOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it has not failed');
}

const insert = (table: string, values = [email, token, '1']) =>
  database.query(`INSERT INTO ${table} VALUES (?, ?, ?)`, { replacements: values });

describe('the log of a program whose database fails', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['a table is not there', () => insert('sagas')],
    ['a key is there already', () => insert('notes')],
    ['a value is too long', () => insert('notes', ['other', `${token}${token}`, '1'])],
    ['a value is no number', () => insert('notes', ['other', 'x', token])],
    [
      'a value is compared with a number',
      () => database.query(`UPDATE notes SET amount = 2 WHERE amount = '${token}'`),
    ],
    [
      'a table refuses a value with quotes of its own',
      () => insert('notes', ['other', 'x', `O'Brien' for key 'x', ${token}`]),
    ],
    ['a statement is none', () => database.query(`INSERT INTO notes VALUE '${token}' '${email}'`)],
    ['a column is not there', () => database.query(`UPDATE notes SET note = '${token}'`)],
    ['a value is bound', () => database.query('SELECT $1 FROM gone', { bind: [token] })],
    [
      'a lock is not given',
      async () => {
        const other = await createConnection(testServers().mysqlUrl);
        await other.query(`USE ${schema.schema}`);
        await other.query('BEGIN');
        await other.query('SELECT * FROM notes FOR UPDATE');
        try {
          await database.transaction(async (transaction) => {
            await database.query('SET SESSION innodb_lock_wait_timeout = 1', { transaction });
            await database.query(`UPDATE notes SET token = '${token}' WHERE email = '${email}'`, {
              transaction,
            });
          });
        } finally {
          await other.end();
        }
      },
    ],
    [
      'the connection is lost',
      () =>
        database.transaction(async (transaction) => {
          const [row] = await database.query<{ id: number }>('SELECT CONNECTION_ID() AS id', {
            type: QueryTypes.SELECT,
            transaction,
          });
          const other = await createConnection(testServers().mysqlUrl);
          await other.query(`KILL ${row?.id ?? 0}`);
          await other.end();
          await database.query(`UPDATE notes SET token = '${token}'`, { transaction });
        }),
    ],
  ])('says what is wrong when %s, and nothing of what it was about', async (_what, fail) => {
    const error = await failureOf(fail());
    const written = logged(error);
    expect(written).toContain(error.constructor.name);
    expect(written).toContain('no-secrets-in-logs');
    expect(written).not.toContain(token);
    expect(written).not.toContain(email);
  });

  it('keeps what is in no statement: names, codes and causes', async () => {
    const written = logged(await failureOf(insert('sagas')));
    expect(written).toContain(`Table '${schema.schema}.sagas' doesn't exist`);
    expect(written).toContain('wrapped');
  });
});
