import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Side } from '#contracts/strangler/move.js';
import { wideMs } from '../../../../tests/support/wide-limits.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { selectRows } from '../../../../sidecar/database/connect-mysql.js';
import { askOwners } from '../../../../sidecar/test/support/ask-owners.js';
import { writeAtRandom } from '../../../../sidecar/test/support/write-at-random.js';
import { confirmDifferences } from '../confirm-differences.js';
import { sendKeys } from '../send-keys.js';
import {
  createVerifiedReplication,
  insertStock,
  type VerifiedReplication,
} from './support/verified-replication.js';

describe('a replica that is mended by keys', () => {
  let replication: VerifiedReplication;

  beforeAll(async () => {
    replication = await createVerifiedReplication(async (source) => {
      await insertStock(source, 'x', 500);
      await insertStock(source, 'k', 40);
    });
    await replication.startWayBack();
  });
  afterAll(() => replication.end());

  const asker = () => ({ nats: replication.nats, capability: replication.move.capability });
  const bucketOf = (id: string) => bucketOfKey(replication.move.capability, id);
  const mend = (...ids: string[]) =>
    confirmDifferences(
      asker(),
      ids.map((id) => ({ key: [id], bucket: bucketOf(id) })),
      { table: 'stock_levels', check: false, patience: wideMs },
    );

  /** Rows of a side, exactly as they are. */
  function rowsOf(side: Side, ...ids: string[]): Promise<unknown[]> {
    const [connection, table] =
      side === 'monolith' ? [replication.source, 'stock_items'] : [replication.replica, 'stock_levels'];
    return selectRows(connection, `SELECT * FROM ${table} WHERE product_id IN (?) ORDER BY product_id`, [
      ids,
    ]);
  }

  it('has what its owner has afterwards, however wrong it was, and the owner keeps its rows', async () => {
    const writers = writeAtRandom(replication.sourceUrl, 2, 9);
    try {
      await replication.plant(
        'service',
        "UPDATE stock_levels SET on_hand = 77 WHERE product_id = 'x10'",
        "DELETE FROM stock_levels WHERE product_id = 'x11'",
        "INSERT INTO stock_levels VALUES ('extra', 1, 0, 1, '2024-01-01')",
        "UPDATE stock_levels SET product_id = 'X12' WHERE product_id = 'x12'",
      );
      const ids = ['x10', 'x11', 'x12', 'X12', 'extra'];
      const before = await rowsOf('monolith', ...ids);
      const mended = await mend(...ids);
      expect(mended).toMatchObject({ unconfirmed: [], stalled: null });
      expect(mended.differences.map(({ kind, problem }) => [kind, problem])).toEqual([
        ['values', null],
        ['missing', null],
        ['missing', null],
        ['superfluous', null],
        ['superfluous', null],
      ]);
      expect(await replication.verify()).toMatchObject({ outcome: 'equal', differences: [] });
      expect(await rowsOf('monolith', ...ids)).toEqual(before);
      expect((await mend(...ids)).differences).toEqual([]);
    } finally {
      await writers.stop();
    }
  });

  it('says why when its database refuses a row, and the stream goes on', async () => {
    const { replica, source } = replication;
    await replication.plant('service', "DELETE FROM stock_levels WHERE product_id IN ('x20', 'x21')");
    await replica.query("ALTER TABLE stock_levels ADD CONSTRAINT picky CHECK (product_id <> 'x20')");
    const refused = await mend('x20', 'x21');
    expect(refused.differences).toMatchObject([
      { key: ['x20'], kind: 'missing', problem: expect.stringContaining('picky') },
      { key: ['x21'], kind: 'missing', problem: expect.stringContaining('picky') },
    ]);
    await source.query("UPDATE stock_items SET available = 4 WHERE product_id = 'x22'");
    expect(await replication.verify()).toMatchObject({ differences: [{ key: ['x20'] }, { key: ['x21'] }] });
    await replica.query('ALTER TABLE stock_levels DROP CONSTRAINT picky');
    expect((await mend('x20', 'x21')).differences.map(({ problem }) => problem)).toEqual([null, null]);
  });

  it('is the monolith, for buckets that the service owns', async () => {
    await askOwners(replication).handOver('monolith', [bucketOf('x30')]);
    await replication.plant('monolith', "UPDATE stock_items SET available = 1 WHERE product_id = 'x30'");
    const before = await rowsOf('service', 'x30');
    const found = await replication.verify();
    expect(found.differences).toMatchObject([
      {
        key: ['x30'],
        owner: 'service',
        kind: 'values',
        columns: [{ column: 'on_hand', owner: '11', replica: '3' }],
      },
    ]);
    expect((await mend('x30')).differences).toHaveLength(1);
    expect(await replication.verify()).toMatchObject({ outcome: 'equal' });
    expect(await rowsOf('service', 'x30')).toEqual(before);
  });

  it('leaves the rows of an owner alone, whoever asks the wrong side to send them', async () => {
    // Of another bucket than the test before has moved.
    const id = ['x40', 'x41', 'x42'].find((one) => bucketOf(one) !== bucketOf('x30')) ?? 'x43';
    await askOwners(replication).handOver('monolith', [bucketOf(id)]);
    await replication.replica.query('UPDATE stock_levels SET on_hand = 500 WHERE product_id = ?', [id]);
    const request = { from: 'monolith' as const, table: 'stock_levels', keys: [[id]], check: false };
    const outcome = await sendKeys(asker(), request, 8_000);
    expect(outcome).toMatchObject({ taken: 1, report: { differences: [], undecided: [[id]] } });
    expect(await rowsOf('service', id)).toMatchObject([{ on_hand: 500 }]);
    expect(await replication.verify()).toMatchObject({ outcome: 'equal' });
  });
});
