import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../../tests/support/until.js';
import { loadApplied } from '../state/applied-state.js';
import { beginBackfill, coversMove, loadProgress } from '../apply/backfill-progress.js';
import { applyDirectly, wholeTable } from './support/apply-directly.js';
import { createReplication, type Replication } from './support/replication.js';

let replication: Replication;
beforeEach(async () => void (replication = await createReplication()));
afterEach(() => replication.end());

const tables = () => replication.move.tables.map((table) => table.monolith.table);
const progressOf = async () => {
  const rows = await loadProgress(replication.replica, replication.move.capability);
  return rows.map(({ table, complete }) => [table, complete]).sort();
};
const forget = (table: string) =>
  replication.replica.query('DELETE FROM strangler_backfill WHERE source_table = ?', [table]);
/** As a process leaves it that dies, or whose database fails, when the last table is to be noted. */
const failAtTheLast = () =>
  replication.replica.query(`
    CREATE TRIGGER fail_at_the_last BEFORE INSERT ON strangler_backfill FOR EACH ROW
    IF NEW.source_table = '${tables().at(-1)}' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'gone'; END IF`);

describe('the beginning of a backfill', () => {
  it('is all there or not at all', async () => {
    const { replica, move } = replication;
    await failAtTheLast();
    await expect(beginBackfill(replica, move, 'service')).rejects.toThrow('gone');
    expect(await progressOf()).toEqual([]);
  });

  it('leaves the one before as it is where it fails', async () => {
    const { replica, move } = replication;
    await beginBackfill(replica, move, 'service');
    await replica.query('UPDATE strangler_backfill SET complete = 1');
    await failAtTheLast();
    await expect(beginBackfill(replica, move, 'service')).rejects.toThrow('gone');
    expect(await progressOf()).toEqual(
      tables()
        .sort()
        .map((table) => [table, true]),
    );
  });

  it('comes with what is to hold from then on, or without it', async () => {
    const { replica, move } = replication;
    const { position } = await loadApplied(replica, move.capability);
    const also = async () =>
      void (await replica.query("UPDATE strangler_applied SET chain = 'another', filled = 0"));
    await failAtTheLast();
    await expect(beginBackfill(replica, move, 'service', also)).rejects.toThrow('gone');
    expect((await loadApplied(replica, move.capability)).position).toEqual(position);
    await replica.query('DROP TRIGGER fail_at_the_last');
    await beginBackfill(replica, move, 'service', also);
    expect((await loadApplied(replica, move.capability)).position.chain).toBe('another');
    expect(coversMove(await loadProgress(replica, move.capability), move, 'service')).toBe(true);
  });
});

describe('a replica with tables that were never read', () => {
  it('is not complete when those are that it knows of', async () => {
    const { replica, move } = replication;
    const service = applyDirectly(replication, 'service', replica);
    await service.setFilled(false);
    await beginBackfill(replica, move, 'service');
    const [first, ...others] = tables();
    for (const table of others) await forget(table);
    await service.apply({ signals: [wholeTable(first!, [], {})] });
    expect(await progressOf()).toEqual([[first, true]]);
    expect((await loadApplied(replica, move.capability)).filled).toBe(false);
  });

  it.each([
    ['it counts as complete', 1],
    ['it does not', 0],
  ])('reads them from the start on, where %s', async (_, filled) => {
    const { source, replica, move } = replication;
    await source.query("INSERT INTO stock_items VALUES ('a', 5, 0, 5, '2024-05-06 07:08:09.123')");
    await loadApplied(replica, move.capability);
    await beginBackfill(replica, move, 'service');
    await replica.query('UPDATE strangler_backfill SET complete = 1');
    await replica.query('UPDATE strangler_applied SET filled = ?', [filled]);
    await forget('stock_items');
    await replication.startCapture();
    await replication.startApplier();
    await until('all tables are read', async () => {
      const { filled: isFilled } = await loadApplied(replica, move.capability);
      const progress = await progressOf();
      return isFilled && progress.length === tables().length && progress.every(([, complete]) => complete);
    });
    expect(await progressOf()).toEqual(
      tables()
        .sort()
        .map((table) => [table, true]),
    );
    expect(await replication.differences()).toEqual([]);
  });
});
