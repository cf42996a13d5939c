import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { OwnersSaid } from '#contracts/strangler/ownership.js';
import { listenToOwners } from '#platform/ownership/listen-to-owners.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import { type Connection, connectMysql, quoteName, selectRows } from '../database/connect-mysql.js';
import { connectToChange } from '../ownership/change-owners.js';
import type { Ownership } from '../ownership/run-ownership.js';
import { askOwners, type OwnerQuestions } from './support/ask-owners.js';
import { createReplication, eventually, type Replication } from './support/replication.js';

const bucket = 7;

describe('a side that is asked for its ownership', () => {
  let replication: Replication;
  let owners: OwnerQuestions;
  let table: string;
  let instances: Ownership[];
  const said: OwnersSaid[] = [];

  beforeAll(async () => {
    replication = await createReplication();
    owners = askOwners(replication);
    const { move, nats } = replication;
    table = quoteName(ownershipTable(move.capability));
    const { capability } = move;
    for (const side of ['monolith', 'service'] as const)
      listenToOwners(nats, { capability, side }, (one) => void said.push(one), fail);
    instances = [await replication.startOwnership('monolith'), await replication.startOwnership('monolith')];
    const other = await replication.startOwnership('service');
    await eventually(() => expect([answering(), other.status().state]).toEqual([1, 'answering']));
    await nats.flush();
  });
  beforeEach(async () => {
    await replication.source.query(`UPDATE ${table} SET state = 'owned', epoch = 5, vetoed = 0`);
    await setOther('released', 0);
  });
  afterAll(() => replication.end());

  const fail = (problem: string): never => {
    throw new Error(problem);
  };
  const answering = (): number => instances.filter((one) => one.status().state === 'answering').length;
  const row = () => owners.row('monolith', bucket);
  const setRow = (state: 'owned' | 'released', epoch: number, vetoed = 0) =>
    replication.source.query(`UPDATE ${table} SET state = ?, epoch = ?, vetoed = ? WHERE bucket = ?`, [
      ...[state, epoch, vetoed, bucket],
    ]);

  /** All rows of the service's side. */
  const setOther = (state: 'owned' | 'released', epoch: number, vetoed = 0) =>
    replication.replica.query(`UPDATE ${table} SET state = ?, epoch = ?, vetoed = ?`, [
      ...[state, epoch, vetoed],
    ]);

  /** A write that has passed the guard and does not end. */
  async function writeInFlight(of = bucket): Promise<Connection> {
    const connection = await connectMysql(replication.sourceUrl);
    await connection.beginTransaction();
    await connection.query(
      `SELECT bucket FROM ${table} WHERE bucket = ? AND state = 'owned' LOCK IN SHARE MODE`,
      [of],
    );
    return connection;
  }

  it('tells all rows, whether its replica is complete, and what could lose a commit', async () => {
    const answer = await owners.answer('monolith');
    expect(answer).toMatchObject({
      capability: replication.move.capability,
      side: 'monolith',
      filled: false,
    });
    expect(answer.rows).toHaveLength(100);
    expect(answer.rows[0]).toEqual({ bucket: 1, state: 'owned', epoch: 5, vetoed: 0 });
    const [settings] = await selectRows<{ binlog: number; flush: number }>(
      replication.source,
      'SELECT @@GLOBAL.sync_binlog AS `binlog`, @@GLOBAL.innodb_flush_log_at_trx_commit AS `flush`',
    );
    const undurable = [settings?.binlog, settings?.flush].filter((value) => value !== 1);
    expect(answer.undurable).toHaveLength(undurable.length);
  });

  it('says all rows again and again, and changed ones at once', async () => {
    said.length = 0;
    await owners.release('monolith', { [bucket]: 5 });
    expect(said).toContainEqual({
      capability: replication.move.capability,
      side: 'monolith',
      rows: [{ bucket, state: 'released', epoch: 6 }],
    });
    await eventually(() => expect(said.filter(({ rows }) => rows.length === 100).length).toBeGreaterThan(1));
  });

  it('leaves the answers to another instance when it ends', async () => {
    await instances.find((one) => one.status().state === 'answering')?.stop();
    await eventually(() => expect(instances.map((one) => one.status().state)).toContain('answering'));
    await eventually(async () => expect((await row()).epoch).toBe(5));
    instances.push(await replication.startOwnership('monolith'));
  });

  describe('to release', () => {
    it('releases together what is owned with the epoch that was named, and leaves the rest', async () => {
      const { outcome, rows, blockers } = await owners.release('monolith', { 9: 4, [bucket]: 5, 8: 5 });
      expect([outcome, blockers]).toEqual(['released', []]);
      expect(rows).toEqual([
        { bucket, state: 'released', epoch: 6, vetoed: 0 },
        { bucket: 8, state: 'released', epoch: 6, vetoed: 0 },
        { bucket: 9, state: 'owned', epoch: 5, vetoed: 0 },
      ]);
    });

    it('does it once, however often and late it is asked', async () => {
      await Promise.all([1, 2, 3].map(() => owners.release('monolith', { [bucket]: 5 })));
      expect(await row()).toEqual({ bucket, state: 'released', epoch: 6, vetoed: 0 });
      await setRow('owned', 7);
      const { rows } = await owners.release('monolith', { [bucket]: 5 });
      expect(rows).toEqual([{ bucket, state: 'owned', epoch: 7, vetoed: 0 }]);
    });

    it('waits for a write in flight', async () => {
      const write = await writeInFlight();
      const releasing = owners.release('monolith', { [bucket]: 5 });
      await sleep(1_300);
      expect(await row()).toMatchObject({ state: 'owned' });
      await write.commit();
      write.destroy();
      expect(await releasing).toMatchObject({ outcome: 'released', rows: [{ state: 'released', epoch: 6 }] });
    });

    it('names who holds it up, and gives up when patience is over, leaving all as it was', async () => {
      const write = await writeInFlight(8);
      await write.query("UPDATE stock_items SET version = 2 WHERE product_id = 'x'");
      const answer = await owners.release('monolith', { [bucket]: 5, 8: 5 }, { patience: 1_500 });
      expect(answer).toMatchObject({
        outcome: 'gave-up',
        rows: [
          { bucket, state: 'owned', epoch: 5 },
          { bucket: 8, state: 'owned', epoch: 5 },
        ],
        blockers: [
          {
            connection: write.threadId,
            who: expect.stringMatching(/^.+@.+/),
            statement: null,
            killed: false,
          },
        ],
      });
      // Nobody waits behind what was given up, and nothing happens when the way is free.
      await (await writeInFlight()).end();
      await write.commit();
      write.destroy();
      await sleep(1_200);
      expect(await row()).toEqual({ bucket, state: 'owned', epoch: 5, vetoed: 0 });
    });

    it('releases nothing when the way gets free after it has given up', async () => {
      const write = await writeInFlight();
      const answer = await owners.release('monolith', { [bucket]: 5 }, { patience: 300 });
      expect(answer).toMatchObject({ outcome: 'gave-up', rows: [{ state: 'owned', epoch: 5 }] });
      await write.commit();
      write.destroy();
      await sleep(1_200);
      expect(await row()).toEqual({ bucket, state: 'owned', epoch: 5, vetoed: 0 });
    });

    it('keeps no writer waiting when it hangs with the rows in its hands', async () => {
      const hanging = await connectToChange(replication.sourceUrl);
      await hanging.beginTransaction();
      await hanging.query(`UPDATE ${table} SET state = 'released', epoch = 6 WHERE bucket = ?`, [bucket]);
      // The server itself takes back what hangs, long before a lock's own limit.
      const write = await writeInFlight();
      expect(await row()).toMatchObject({ state: 'owned', epoch: 5 });
      write.destroy();
      hanging.destroy();
    });

    it('ends who holds it up when it may, once half of the patience is over', async () => {
      await replication.source.query("REPLACE INTO stock_items VALUES ('x', 1, 0, 1, UTC_TIMESTAMP(3))");
      const write = await writeInFlight();
      await write.query("UPDATE stock_items SET version = 2 WHERE product_id = 'x'");
      const answer = await owners.release(
        'monolith',
        { [bucket]: 5 },
        { patience: 4_000, killBlockers: true },
      );
      expect(answer).toMatchObject({
        outcome: 'released',
        rows: [{ state: 'released', epoch: 6 }],
        blockers: [{ connection: write.threadId, killed: true }],
      });
      await expect(write.commit()).rejects.toThrow();
      const left = await selectRows(
        replication.source,
        "SELECT version FROM stock_items WHERE product_id = 'x'",
      );
      expect(left).toEqual([{ version: 1 }]);
    });
  });

  describe('to refuse a token', () => {
    it('does, for ever, and says the same when it is asked again', async () => {
      await setRow('released', 2);
      // What this side has missed: the other one owned with epoch 4 by then.
      await setOther('owned', 4);
      expect(await owners.veto('monolith', { [bucket]: 5, 8: 5, 9: 6 })).toEqual({
        [bucket]: 'vetoed',
        8: 'granted',
        9: 'vetoed',
      });
      expect(await row()).toEqual({ bucket, state: 'released', epoch: 2, vetoed: 5 });
      expect(await owners.veto('monolith', { [bucket]: 5 })).toEqual({ [bucket]: 'vetoed' });
      expect(await owners.veto('monolith', { [bucket]: 3 })).toEqual({ [bucket]: 'vetoed' });
      expect(await row()).toMatchObject({ vetoed: 5 });
    });

    it('does not, of a token that the other side can not have sent', async () => {
      await setRow('released', 2);
      await setOther('owned', 4);
      for (const token of [999_999_999, 6])
        await expect(owners.veto('monolith', { 8: 5, [bucket]: token })).rejects.toThrow(
          `${token} of bucket ${bucket} is beyond the next one`,
        );
      expect(await row()).toEqual({ bucket, state: 'released', epoch: 2, vetoed: 0 });
      expect(await owners.row('monolith', 8)).toMatchObject({ vetoed: 0 });
    });

    it('keeps its word about a token when a later one has been granted', async () => {
      await setRow('owned', 7, 5);
      expect(await owners.veto('monolith', { [bucket]: 5 })).toEqual({ [bucket]: 'vetoed' });
      expect(await owners.veto('monolith', { [bucket]: 7 })).toEqual({ [bucket]: 'granted' });
    });
  });

  describe('to reopen', () => {
    it('owns again what it released, with the epoch after the token', async () => {
      await setRow('released', 6);
      await setOther('released', 4, 6);
      const [reopened] = await owners.reopen('monolith', { [bucket]: 5 });
      expect(reopened).toEqual({ bucket, state: 'owned', epoch: 7, vetoed: 0 });
      expect(await owners.reopen('monolith', { [bucket]: 5 })).toEqual([reopened]);
    });

    it('does not, unless the other side has refused the token', async () => {
      await setRow('released', 6);
      for (const [state, epoch, vetoed] of [
        ['released', 4, 0],
        ['released', 4, 5],
        ['owned', 6, 0],
      ] as const) {
        await setOther(state, epoch, vetoed);
        await expect(owners.reopen('monolith', { [bucket]: 5 })).rejects.toThrow('ask it for a veto first');
        expect(await row()).toEqual({ bucket, state: 'released', epoch: 6, vetoed: 0 });
      }
      // Nor what it still owns: a token that is not there yet can be taken, too.
      await setRow('owned', 5);
      await setOther('released', 4);
      await expect(owners.reopen('monolith', { [bucket]: 5 })).rejects.toThrow('ask it for a veto first');
      expect(await row()).toMatchObject({ state: 'owned', epoch: 5 });
    });

    it('spends the epoch of what it has not released yet, so that a late release does nothing', async () => {
      await setOther('released', 4, 6);
      expect(await owners.reopen('monolith', { [bucket]: 5 })).toMatchObject([{ state: 'owned', epoch: 6 }]);
      const { rows } = await owners.release('monolith', { [bucket]: 5 });
      expect(rows).toMatchObject([{ state: 'owned', epoch: 6 }]);
    });

    it('changes nothing when the request is of another hand-over', async () => {
      await setRow('released', 8);
      expect(await owners.reopen('monolith', { [bucket]: 5 })).toMatchObject([
        { state: 'released', epoch: 8 },
      ]);
    });

    it('says how the rows are when a write in flight holds them', async () => {
      const write = await writeInFlight();
      await setOther('released', 4, 6);
      expect(await owners.reopen('monolith', { [bucket]: 5 })).toMatchObject([{ state: 'owned', epoch: 5 }]);
      await write.rollback();
      write.destroy();
    });
  });
});
