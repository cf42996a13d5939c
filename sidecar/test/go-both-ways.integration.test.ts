import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChangeMessage, changeStream, changeSubject } from '#contracts/strangler/change-message.js';
import type { Side } from '#contracts/strangler/move.js';
import { type LogEntry, openLog, readLog } from '#platform/messaging/ordered-log.js';
import { askOwners, type OwnerQuestions } from './support/ask-owners.js';
import { createReplication, eventually, type Replication } from './support/replication.js';

describe('changes that travel both ways at once', () => {
  let replication: Replication;
  let owners: OwnerQuestions;

  beforeAll(async () => {
    replication = await createReplication();
    owners = askOwners(replication);
    await replication.source.query("INSERT INTO stock_items VALUES ('old', 1, 0, 1, UTC_TIMESTAMP(3))");
    await replication.startCapture();
    const forth = await replication.startApplier();
    await replication.startOwnership('monolith');
    await replication.startOwnership('service');
    // The service has nothing yet, or not all: what it lacks stays with the owner all the same.
    await replication.startWayBack();
    await eventually(() => expect(forth.status().backfill?.complete).toBe(true));
  });
  afterAll(() => replication.end());

  async function messagesFrom(side: Side): Promise<ChangeMessage[]> {
    const { capability } = replication.move;
    const log = await openLog(
      replication.nats,
      changeStream(capability, side),
      changeSubject(capability, side),
    );
    const reader = await readLog(log, 1);
    const entries: LogEntry[] = [];
    const lastSequence = (await log.manager.streams.info(log.stream)).state.last_seq;
    while ((entries.at(-1)?.sequence ?? 0) < lastSequence) entries.push(...(await reader.take(1_000, 1_000)));
    await reader.close();
    return entries.map(({ data }) => JSON.parse(Buffer.from(data).toString()) as ChangeMessage);
  }

  const rowsIn = (messages: ChangeMessage[]): unknown[] =>
    messages.flatMap(({ changes }) => changes.map(({ after }) => Object.values(after ?? {})[0]));

  const tokensIn = (messages: ChangeMessage[]): unknown[] =>
    messages.flatMap(({ signals }) => signals.filter(({ kind }) => kind === 'token'));

  it('leave the owner what it has when the other side is emptier', async () => {
    const sides = await replication.bothSides();
    expect(sides.source).toMatchObject([{ product_id: 'old' }]);
    expect(sides.replica).toEqual(sides.source);
  });

  it('reach the other side, and are not sent back from there, nor are tokens', async () => {
    const bucket = owners.bucketOf('back');
    await owners.handOver('monolith', [bucket]);
    await replication.source.query("INSERT INTO stock_items VALUES ('forth', 5, 2, 1, UTC_TIMESTAMP(3))");
    await replication.replica.query("INSERT INTO stock_levels VALUES ('back', 9, 4, 1, UTC_TIMESTAMP(3))");
    await eventually(async () => {
      const sides = await replication.bothSides();
      expect(sides.source).toHaveLength(3);
      expect(sides.replica).toEqual(sides.source);
    });
    await sleep(500);
    const [forth, back] = [await messagesFrom('monolith'), await messagesFrom('service')];
    expect(rowsIn(forth)).toEqual(['forth']);
    expect(rowsIn(back)).toEqual(['back']);
    expect(tokensIn(forth)).toEqual([{ kind: 'token', bucket, epoch: 2 }]);
    expect(tokensIn(back)).toEqual([]);
  });
});
