import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, connectMysql } from '../database/connect-mysql.js';
import { createReplication, eventually, type Replication } from './support/replication.js';

const item = (id: string, available: number): string =>
  `INSERT INTO stock_items VALUES ('${id}', ${available}, 0, 1, '2024-05-06 07:08:09')`;

/** The server writes what was rolled back to its log where it can't take back all that the transaction did. */
const keepers = {
  'a temporary table was dropped': [
    'CREATE TEMPORARY TABLE passing (id INT)',
    'DROP TEMPORARY TABLE passing',
  ],
  'a table without transactions was written': ['INSERT INTO notes VALUES (1)'],
};

describe('a transaction of which a part was rolled back', () => {
  let replication: Replication;

  beforeAll(async () => {
    replication = await createReplication();
    await replication.source.query('CREATE TABLE notes (id INT) ENGINE=MyISAM');
    await replication.startCapture();
    await replication.startApplier();
    await replication.source.query(item('before', 1));
    await expectEqual();
  });
  afterAll(() => replication.end());

  const expectEqual = (): Promise<void> =>
    eventually(async () => expect(await replication.differences()).toEqual([]));

  async function transaction(into: Connection, ...statements: readonly string[]): Promise<void> {
    await into.query('START TRANSACTION');
    for (const statement of statements) await into.query(statement);
    await into.query('COMMIT');
  }

  describe.each(Object.entries(keepers))('and in which %s', (_, keeper) => {
    it('brings over only what is left of it', async () => {
      await replication.source.query('DELETE FROM stock_items');
      await transaction(
        replication.source,
        item('kept', 1),
        'SAVEPOINT first',
        item('gone', 2),
        ...keeper,
        "UPDATE stock_items SET available = 9 WHERE product_id = 'kept'",
        'ROLLBACK TO first',
        item('after', 3),
      );
      await expectEqual();
      const { replica } = await replication.bothSides();
      expect(replica.map(({ product_id, on_hand }) => [product_id, on_hand])).toEqual([
        ['after', 3],
        ['kept', 1],
      ]);
    });

    it('knows savepoints within savepoints, and names that are used again', async () => {
      await replication.source.query('DELETE FROM stock_items');
      await transaction(
        replication.source,
        'SAVEPOINT `odd name`',
        item('a', 1),
        'SAVEPOINT inner_one',
        item('b', 1),
        ...keeper,
        'ROLLBACK TO SAVEPOINT inner_one',
        item('c', 1),
        'SAVEPOINT inner_one',
        item('d', 1),
        ...keeper,
        'ROLLBACK WORK TO inner_one',
        item('e', 1),
      );
      await expectEqual();
      const { replica } = await replication.bothSides();
      expect(replica.map(({ product_id }) => product_id)).toEqual(['a', 'c', 'e']);
    });

    it('leaves nothing where all of it was rolled back', async () => {
      await replication.source.query('DELETE FROM stock_items');
      await replication.source.query('START TRANSACTION');
      await replication.source.query(item('gone', 1));
      for (const statement of keeper) await replication.source.query(statement);
      await replication.source.query('ROLLBACK');
      await replication.source.query(item('later', 1));
      await expectEqual();
      expect((await replication.bothSides()).replica).toHaveLength(1);
    });

    it('does not keep a row from being filled that it had only touched', async () => {
      const writer = await connectMysql(replication.sourceUrl);
      let ended = false;
      const writing = (async () => {
        while (!ended)
          await transaction(
            writer,
            'SAVEPOINT first',
            "UPDATE stock_items SET available = 77 WHERE product_id = 'later'",
            ...keeper,
            'ROLLBACK TO first',
          );
      })();
      await replication.replica.query('DELETE FROM stock_levels');
      await replication.askForBackfill('service');
      await expectEqual();
      ended = true;
      await writing;
      writer.destroy();
    });
  });
});
