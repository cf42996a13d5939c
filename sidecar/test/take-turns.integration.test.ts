import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChangeMessage } from '#contracts/strangler/change-message.js';
import { type LogEntry, readLog } from '#platform/messaging/ordered-log.js';
import { loadApplied } from '../state/applied-state.js';
import { applyMessages, PlaceMoved } from '../apply/apply-messages.js';
import type { Applier } from '../apply/run-apply.js';
import type { Capture } from '../capture/run-capture.js';
import { connectMysql } from '../database/connect-mysql.js';
import { createReplication, eventually, type Replication } from './support/replication.js';

describe('two instances beside one database', () => {
  let replication: Replication;
  let captures: Capture[];
  let appliers: Applier[];

  beforeAll(async () => {
    replication = await createReplication();
    captures = [await replication.startCapture(), await replication.startCapture()];
    appliers = [await replication.startApplier(), await replication.startApplier()];
  });
  afterAll(() => replication.end());

  const states = (): string[][] =>
    [captures, appliers].map((instances) => instances.map((one) => one.status().state).toSorted());

  async function expectReplicated(id: string): Promise<void> {
    await replication.source.query('INSERT INTO stock_items VALUES (?, 1, 0, 1, UTC_TIMESTAMP(3))', [id]);
    await eventually(async () => {
      expect(await replication.differences()).toEqual([]);
    });
  }

  it('take turns: one works, one stands by', async () => {
    await expectReplicated('both');
    await eventually(() =>
      expect(states()).toEqual([
        ['reading', 'standby'],
        ['applying', 'standby'],
      ]),
    );
  });

  it('let the second take over when the first is gone', async () => {
    await captures.find((one) => one.status().state === 'reading')?.stop();
    await appliers.find((one) => one.status().state === 'applying')?.stop();
    await expectReplicated('second');
    expect(states().flat()).toEqual(expect.arrayContaining(['reading', 'applying']));
  });

  it('apply nothing twice even if both believe that it is their turn', async () => {
    const { move, replicaUrl } = replication;
    for (const one of [...captures, ...appliers]) await one.stop();
    const [one, other] = [await connectMysql(replicaUrl), await connectMysql(replicaUrl)];
    const state = await loadApplied(one, move.capability);
    const position = { ...state.position, seq: state.position.seq + 1 };
    const message: ChangeMessage = {
      capability: move.capability,
      from: 'monolith',
      run: 'test',
      previous: state.position,
      position,
      last: true,
      committedAt: 0,
      changes: [{ table: 'stock_items', op: 'delete', before: { product_id: 'both' } }],
      signals: [],
    };
    const place = state.log ?? { createdAt: '', sequence: 0 };
    const attempts = await Promise.allSettled(
      [one, other].map((connection) => applyMessages(connection, move, 'service', state, [message], place)),
    );
    expect(attempts.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(attempts.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: expect.any(PlaceMoved),
    });
    one.destroy();
    other.destroy();
  });

  it('leave a stream without gaps, whoever wrote it', async () => {
    const reader = await readLog(replication.log, 1);
    const entries: LogEntry[] = [];
    for (
      let some = await reader.take(1_000, 1_000);
      some.length > 0;
      some = await reader.take(1_000, 1_000)
    ) {
      entries.push(...some);
    }
    await reader.close();
    const messages = entries.map(({ data }) => JSON.parse(Buffer.from(data).toString()) as ChangeMessage);
    expect(messages.length).toBeGreaterThan(2);
    messages
      .slice(1)
      .forEach((message, index) => expect(message.previous).toEqual(messages[index]?.position));
  });
});
