import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testServers } from '../../../tests/support/servers.js';
import { connectNats } from '../connect-nats.js';
import {
  appendEntry,
  deleteLog,
  ensureLog,
  lastEntry,
  type LogEntry,
  type LogReader,
  logState,
  openLog,
  type OrderedLog,
  readLog,
} from '../ordered-log.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = ({ data }: { data: Uint8Array }): string => Buffer.from(data).toString();

describe('an ordered log', () => {
  let log: OrderedLog;

  beforeAll(async () => {
    const name = `test-${randomBytes(4).toString('hex')}`;
    log = await openLog(await connectNats('test', testServers().natsUrl), name, `strangler.${name}`);
  });
  afterAll(async () => {
    await deleteLog(log).catch(() => undefined);
    await log.nats.close();
  });

  it('is made when it is first needed', async () => {
    expect(await logState(log)).toBeUndefined();
    expect(await ensureLog(log)).toMatchObject({ lastSequence: 0 });
    expect(await lastEntry(log)).toBeUndefined();
  });

  it('takes an entry only directly behind the one that its writer knows', async () => {
    await appendEntry(log, bytes('1'), 'a', 0);
    await expect(appendEntry(log, bytes('other'), 'b', 0)).rejects.toThrow(/wrong last sequence/);
    expect(text((await lastEntry(log)) ?? { data: bytes('') })).toBe('1');
  });

  it('takes nothing that was sent behind an entry it refused', async () => {
    const outcomes = await Promise.allSettled([
      appendEntry(log, bytes('2'), 'c', 1),
      appendEntry(log, bytes('refused'), 'd', 7),
      appendEntry(log, bytes('behind'), 'e', 8),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(await logState(log)).toMatchObject({ lastSequence: 2 });
  });

  it('is read in order from anywhere, and on as it grows', async () => {
    const reader = await readLog(log, 2);
    expect((await reader.take(10, 2_000)).map(text)).toEqual(['2']);
    await appendEntry(log, bytes('3'), 'f', 2);
    expect((await reader.take(10, 2_000)).map(text)).toEqual(['3']);
    expect(await reader.take(10, 100)).toEqual([]);
    await reader.close();
  });

  it.each([
    ['another behind it', 2],
    ['nothing behind it', 1],
  ])('is never read past an entry that the broker has sent in vain, with %s', async (_, count) => {
    const { lastSequence = 0 } = (await logState(log)) ?? {};
    const reader = await readLog(log, lastSequence + 1);
    for (let index = 0; index < count; index += 1)
      await appendEntry(log, bytes('sent'), `sent ${lastSequence + index}`, lastSequence + index);
    await sendInVain(log);
    await expect(readOn(reader)).rejects.toThrow(
      `entries ${lastSequence + 1} to ${lastSequence + 1} of the log`,
    );
    await reader.close();
    const again = await readLog(log, lastSequence + 1);
    const found: LogEntry[] = [];
    while (found.length < count) found.push(...(await again.take(10, 2_000)));
    expect(found[0]?.sequence).toBe(lastSequence + 1);
    await again.close();
  });

  it('skips entries that have been deleted', async () => {
    const { lastSequence = 0 } = (await logState(log)) ?? {};
    const reader = await readLog(log, lastSequence);
    await appendEntry(log, bytes('next'), 'next', lastSequence);
    await log.manager.streams.deleteMessage(log.stream, lastSequence);
    const taken = await reader.take(10, 2_000);
    expect(taken.map(({ sequence }) => sequence)).toEqual([lastSequence + 1]);
    await reader.close();
  });

  it('tells its reader when it is gone', async () => {
    const reader = await readLog(log, 1);
    await deleteLog(log);
    await expect(readOn(reader)).rejects.toThrow();
    expect(await logState(log)).toBeUndefined();
  });

  it('can be told from one that was deleted and made again', async () => {
    const { createdAt } = await ensureLog(log);
    await deleteLog(log);
    expect((await ensureLog(log)).createdAt).not.toBe(createdAt);
  });
});

async function readOn(reader: LogReader): Promise<never> {
  for (;;) await reader.take(10, 500);
}

/** Lets the broker believe that the one reader has the next entry: what it sends to a request that was given up is so lost. */
async function sendInVain({ jetStream, manager, stream }: OrderedLog): Promise<void> {
  const [reader] = await manager.consumers.list(stream).next();
  const consumer = await jetStream.consumers.get(stream, reader?.name);
  expect(await consumer.next({ expires: 5_000 })).not.toBeNull();
}
