import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { QueryTypes, type Sequelize } from 'sequelize';
import { readKeyRing } from '#platform/crypto/key-ring.js';
import { connectDatabase } from '#platform/database/connect-database.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { createSagaTables, keepEndsOfSagas } from '#platform/database/saga-table.js';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/servers.js';
import { checkSagaKeys } from '../check-saga-keys.js';
import { sagasIn, type StoredSaga } from '../saga-store.js';

const [older, newer] = [`older:${'1'.repeat(64)}`, `newer:${'2'.repeat(64)}`];
const before = readKeyRing(older);
const between = readKeyRing(`${newer},${older}`);
const after = readKeyRing(newer);

let schema: TestDatabase;
let database: Sequelize;

beforeAll(async () => {
  schema = await createTestDatabase('sealed');
  database = connectDatabase(schema.url);
  await createSagaTables(database.getQueryInterface());
  await keepEndsOfSagas(database.getQueryInterface());
});
afterAll(async () => {
  await database.close();
  await schema.drop();
});

const data = { method: { type: 'card', token: 'tok_visa_secret' }, to: 'ada@customers.example' };

async function begin(keys = before): Promise<StoredSaga> {
  const sagaId = randomUUID();
  const saga: StoredSaga = {
    ...{ sagaId, saga: 'trip', subject: sagaId, status: 'running', step: 'one', calls: 'none' },
    ...{ failures: 0, since: 0, reason: null, lastError: null, data, revision: 1 },
  };
  await runTransaction(database, (transaction) => sagasIn(database, keys).begin(saga, 0, transaction));
  return saga;
}

async function rowOf(sagaId: string): Promise<{ data: string }> {
  const [row] = await database.query<{ data: string }>('SELECT * FROM sagas WHERE saga_id = ?', {
    replacements: [sagaId],
    type: QueryTypes.SELECT,
  });
  return row ?? { data: '' };
}

const set = (sagaId: string, to: string) =>
  database.query('UPDATE sagas SET data = ? WHERE saga_id = ?', { replacements: [to, sagaId] });

describe('what a saga knows', () => {
  it('is in no column of its row that could be read, and comes back as it was', async () => {
    const saga = await begin();
    expect(JSON.stringify(await rowOf(saga.sagaId))).not.toMatch(/tok_visa|ada@/);
    const store = sagasIn(database, before);
    expect((await store.find(saga.sagaId))?.data).toEqual(data);
    await store.save({ ...saga, failures: 1 }, { leaseMs: 0, delayMs: 0 });
    expect(JSON.stringify(await rowOf(saga.sagaId))).not.toMatch(/tok_visa|ada@/);
    expect((await store.find(saga.sagaId))?.data).toEqual(data);
  });

  it('is sealed by the new key from its next writing on, and read by both meanwhile', async () => {
    const saga = await begin();
    const store = sagasIn(database, between);
    expect((await store.find(saga.sagaId))?.data).toEqual(data);
    await store.save(saga, { leaseMs: 0, delayMs: 0 });
    expect((await sagasIn(database, after).find(saga.sagaId))?.data).toEqual(data);
  });

  it('of an older version is read as it stands, and sealed by its next writing', async () => {
    const saga = await begin();
    await set(saga.sagaId, JSON.stringify(data));
    const store = sagasIn(database, before);
    const found = await store.find(saga.sagaId);
    expect(found?.data).toEqual(data);
    await store.save({ ...saga, data: found?.data }, { leaseMs: 0, delayMs: 0 });
    expect((await rowOf(saga.sagaId)).data).not.toContain('tok_visa');
  });

  it('can not be read as another saga’s', async () => {
    const [one, other] = [await begin(), await begin()];
    await set(other.sagaId, (await rowOf(one.sagaId)).data);
    await expect(sagasIn(database, before).find(other.sagaId)).rejects.toMatchObject({ code: 'internal' });
    await set(other.sagaId, '{}');
  });

  it('keeps nobody from seeing that it is stuck, whatever its key', async () => {
    const saga = await begin();
    await sagasIn(database, before).save({ ...saga, failures: 9 }, { leaseMs: 0, delayMs: 0 });
    const stuck = await sagasIn(database, after).stuck(5, 100);
    expect(stuck.map(({ sagaId }) => sagaId)).toContain(saga.sagaId);
    expect(JSON.stringify(stuck)).not.toContain('tok_visa');
  });
});

describe('the keys of a program that starts', () => {
  it('must open all sagas that have not ended, each key by its id', async () => {
    await database.query('DELETE FROM sagas');
    await checkSagaKeys(database, after, 'DATA_KEYS');
    await Promise.all([begin(before), begin(before)]);
    await checkSagaKeys(database, before, 'DATA_KEYS');
    await checkSagaKeys(database, between, 'DATA_KEYS');
    await expect(checkSagaKeys(database, after, 'DATA_KEYS')).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringMatching(
        /^2 sagas that have not ended can't be read: .*no key older.* DATA_KEYS must have .* put older:KEY back, behind the first one$/,
      ),
    });
    const another = readKeyRing(`older:${'3'.repeat(64)}`);
    await expect(checkSagaKeys(database, another, 'DATA_KEYS')).rejects.toMatchObject({
      message: expect.stringContaining('another key has that id'),
    });
  });

  it('need not open what has ended, or was never sealed', async () => {
    await database.query("UPDATE sagas SET status = 'done'");
    await expect(checkSagaKeys(database, after, 'DATA_KEYS')).resolves.toBeUndefined();
    const saga = await begin();
    await set(saga.sagaId, JSON.stringify(data));
    await expect(checkSagaKeys(database, after, 'DATA_KEYS')).resolves.toBeUndefined();
  });
});
