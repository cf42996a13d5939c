import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DiscardPolicy, nanos } from 'nats';
import type { LogLimits } from '#contracts/strangler/retention.js';
import { type OwnServer, ownBroker } from '../../../sidecar/test/support/own-servers.js';
import { connectNats } from '../connect-nats.js';
import { isLogFull } from '../log-size.js';
import { deleteLog, ensureLog, logSize, openLog, type OrderedLog, storeEntry } from '../ordered-log.js';

const limits: LogLimits = {
  maxAge: 3_600_000,
  maxBytes: 64 * 1024,
  repetitionWindow: 1_000,
  full: 'refused',
};
const entry = Buffer.alloc(10 * 1024);

describe('the limits of a log', () => {
  let broker: OwnServer;
  let log: OrderedLog;

  beforeAll(async () => {
    broker = await ownBroker();
    log = await openLog(await connectNats('test', broker.url), 'bounded', 'strangler.bounded.>');
  });
  afterEach(() => deleteLog(log));
  afterAll(async () => {
    await log.nats.close();
    await broker.end();
  });

  const store = (id: number) => storeEntry(log, 'strangler.bounded.one', entry, String(id));

  /** As an older version has made it. */
  async function makeUnbounded(entries: number): Promise<void> {
    await log.manager.streams.add({ name: log.stream, subjects: [log.subject] });
    for (let id = 1; id <= entries; id += 1) await store(id);
  }

  it('are those that it was made with', async () => {
    await ensureLog(log, limits);
    const { maxAge, maxBytes, full } = limits;
    expect(await logSize(log)).toMatchObject({ entries: 0, oldestAt: undefined, maxAge, maxBytes, full });
  });

  it('are added where an older version has made it without', async () => {
    await makeUnbounded(2);
    expect(await logSize(log)).toMatchObject({ maxAge: undefined, maxBytes: undefined, full: 'oldest go' });
    await ensureLog(log, limits);
    const { maxAge, maxBytes, full } = limits;
    expect(await logSize(log)).toMatchObject({ entries: 2, maxAge, maxBytes, full });
  });

  it('are not added where that would cost entries', async () => {
    await makeUnbounded(10);
    await ensureLog(log, { ...limits, full: 'oldest go' });
    expect(await logSize(log)).toMatchObject({ entries: 10, maxBytes: undefined, maxAge: limits.maxAge });
  });

  it('stay as an operator has set them', async () => {
    await ensureLog(log, { ...limits, full: 'oldest go' });
    await log.manager.streams.update(log.stream, { max_bytes: 1024 ** 2, max_age: nanos(60_000) });
    await ensureLog(log, { ...limits, full: 'oldest go' });
    expect(await logSize(log)).toMatchObject({ maxBytes: 1024 ** 2, maxAge: 60_000 });
  });

  it('keep what is there, and refuse more by name, in a log that must lose nothing', async () => {
    await makeUnbounded(1);
    await log.manager.streams.update(log.stream, { discard: DiscardPolicy.Old });
    await ensureLog(log, limits);
    const refused = (async () => {
      for (let id = 2; ; id += 1) await store(id);
    })();
    const error: unknown = await refused.catch((cause: unknown) => cause);
    expect(isLogFull(error)).toBe(true);
    expect(isLogFull(new Error('another'))).toBe(false);
    const size = await logSize(log);
    expect(size?.entries).toBeGreaterThan(3);
    expect((await log.manager.streams.info(log.stream)).state.first_seq).toBe(1);
  });
});
