import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mapColumns, same } from '#contracts/strangler/map-columns.js';
import type { Move, Row } from '#contracts/strangler/move.js';
import { selectRows } from '../database/connect-mysql.js';
import { createReplication, eventually, type Replication } from './support/replication.js';

const side = { table: 'accounts', key: ['id'] as [string], ownedBy: 'shop' };
const columns = 'id INT PRIMARY KEY, shop INT NOT NULL, mail VARCHAR(50) NOT NULL, UNIQUE (shop, mail)';
const tables = {
  source: [`CREATE TABLE accounts (${columns})`],
  replica: [`CREATE TABLE accounts (${columns}, note VARCHAR(50) NULL)`],
};

describe('a table with a unique column besides its key', () => {
  let replication: Replication;

  beforeAll(async () => {
    const move: Move = {
      capability: `test-${randomBytes(4).toString('hex')}`,
      tables: [
        {
          monolith: side,
          service: side,
          ids: 'unique',
          ownColumns: { service: ['note'] },
          ...mapColumns(same('id', 'shop', 'mail')),
        },
      ],
    };
    replication = await createReplication({ move, tables });
  });
  afterAll(() => replication.end());

  const expectReplica = (rows: Row[]): Promise<void> =>
    eventually(async () =>
      expect(await selectRows(replication.replica, 'SELECT * FROM accounts ORDER BY id')).toEqual(rows),
    );

  it('is filled although the replica has old rows with the same values, and keeps what is only there', async () => {
    await replication.source.query("INSERT INTO accounts VALUES (1, 7, 'ann'), (2, 7, 'bob'), (3, 7, 'cid')");
    await replication.replica.query(
      "INSERT INTO accounts VALUES (1, 7, 'bob', 'first'), (2, 7, 'cid', 'second'), (9, 7, 'ann', 'gone')",
    );
    await replication.startCapture();
    await replication.startApplier();
    await expectReplica([
      { id: 1, shop: 7, mail: 'ann', note: 'first' },
      { id: 2, shop: 7, mail: 'bob', note: 'second' },
      { id: 3, shop: 7, mail: 'cid', note: null },
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
      { id: 1, shop: 7, mail: 'bob', note: 'first' },
      { id: 2, shop: 7, mail: 'ann', note: 'second' },
      { id: 3, shop: 7, mail: 'cid', note: null },
    ]);
  });
});
