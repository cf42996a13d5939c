import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { QueryTypes, type Sequelize } from 'sequelize';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import { connectDatabase } from '../connect-database.js';
import { runAlone } from '../run-alone.js';

let schema: TestDatabase;
let one: Sequelize;
let other: Sequelize;

beforeAll(async () => {
  schema = await createTestDatabase('alone');
  [one, other] = [connectDatabase(schema.url), connectDatabase(schema.url)];
});
afterAll(async () => {
  await Promise.all([one.close(), other.close()]);
  await schema.drop();
});

const long = 'a name that is far longer than the sixty-four characters that a server takes';

describe('work that is to run alone', () => {
  it('keeps others of its name away, in this process and in others, until it ends', async () => {
    const outcome = await runAlone(one, long, async () => {
      expect(await runAlone(one, long, async () => 'second')).toBeUndefined();
      expect(await runAlone(other, long, async () => 'second')).toBeUndefined();
      expect(await runAlone(other, `${long}!`, async () => 'else')).toEqual({ result: 'else' });
      return 'first';
    });
    expect(outcome).toEqual({ result: 'first' });
    expect(await runAlone(other, long, async () => 'third')).toEqual({ result: 'third' });
  });

  it('frees its name when it fails', async () => {
    await expect(runAlone(one, long, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await runAlone(one, long, async () => 'again')).toEqual({ result: 'again' });
  });

  it('frees its name when its connection is gone, however long the work goes on', async () => {
    let end = () => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    let first: Promise<unknown> = Promise.resolve();
    await new Promise<void>((begun) => {
      first = runAlone(one, long, () => {
        begun();
        return ended;
      });
    });
    const lost = first.catch((error: unknown) => error);
    expect(await runAlone(other, long, async () => true)).toBeUndefined();
    const lock = createHash('sha256').update(`${schema.schema}/${long}`).digest('hex');
    const [held] = await other.query<{ by: number }>('SELECT IS_USED_LOCK(?) AS `by`', {
      replacements: [lock],
      type: QueryTypes.SELECT,
    });
    await other.query(`KILL ${held!.by}`);
    await until(
      'the name is free',
      async () => (await runAlone(other, long, async () => true)) !== undefined,
    );
    end();
    expect(await lost).toBeInstanceOf(Error);
  });
});
