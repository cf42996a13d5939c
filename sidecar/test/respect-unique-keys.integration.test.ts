import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Move, Row } from '#contracts/strangler/move.js';
import { selectRows } from '../connect-mysql.js';
import { createReplication, eventually, type Replication } from './support/replication.js';

const same = (row: Row): Row => row;
const side = { table: 'accounts', key: ['id'] as [string], ownedBy: 'id' };
const create = 'CREATE TABLE accounts (id INT PRIMARY KEY, mail VARCHAR(50) NOT NULL UNIQUE)';

describe('a table with a unique column besides its key', () => {
  let replication: Replication;

  beforeAll(async () => {
    const move: Move = {
      capability: `test-${randomBytes(4).toString('hex')}`,
      tables: [{ monolith: side, service: side, toService: same, toMonolith: same }],
    };
    replication = await createReplication({ move, tables: { source: [create], replica: [create] } });
  });
  afterAll(() => replication.end());

  const expectReplica = (rows: Row[]): Promise<void> =>
    eventually(async () =>
      expect(await selectRows(replication.replica, 'SELECT * FROM accounts ORDER BY id')).toEqual(rows),
    );

  it('is filled although the replica has old rows that hold the same values', async () => {
    await replication.source.query("INSERT INTO accounts VALUES (1, 'ann'), (2, 'bob'), (3, 'cid')");
    await replication.replica.query("INSERT INTO accounts VALUES (1, 'bob'), (2, 'cid'), (9, 'ann')");
    await replication.startCapture();
    await replication.startApplier();
    await expectReplica([
      { id: 1, mail: 'ann' },
      { id: 2, mail: 'bob' },
      { id: 3, mail: 'cid' },
    ]);
  });

  it('follows rows that exchange their values', async () => {
    const { source } = replication;
    await source.beginTransaction();
    await source.query("UPDATE accounts SET mail = 'none' WHERE id = 1");
    await source.query("UPDATE accounts SET mail = 'ann' WHERE id = 2");
    await source.query("UPDATE accounts SET mail = 'bob' WHERE id = 1");
    await source.commit();
    await expectReplica([
      { id: 1, mail: 'bob' },
      { id: 2, mail: 'ann' },
      { id: 3, mail: 'cid' },
    ]);
  });
});
