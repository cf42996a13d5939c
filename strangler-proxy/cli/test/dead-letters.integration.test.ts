import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type DeadLetter,
  deadLetterSubject,
  replayRequestSchema,
  replaySubject,
} from '#contracts/strangler/dead-letter.js';
import type { DomainEvent } from '#contracts/strangler/domain-event.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import { answerJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import { ensureLog, type OrderedLog, storeEntry } from '#platform/messaging/ordered-log.js';
import { type OwnServer, ownBroker } from '../../../sidecar/test/support/own-servers.js';
import { openLetters } from '../dead-letters/read-letters.js';
import { exitCodes } from '../output/exit-codes.js';
import { runCommand } from './support/run-command.js';

describe('strangler dead-letters', () => {
  let broker: OwnServer;
  let nats: NatsConnection;
  let letters: OrderedLog;
  const willing = new Set<string>();

  beforeAll(async () => {
    broker = await ownBroker();
    nats = await connectNats('test', broker.url);
    letters = await openLetters(nats);
  });
  afterAll(async () => {
    await nats.close();
    await broker.end();
  });

  const run = (...args: string[]) => runCommand(['--nats-url', broker.url, 'dead-letters', ...args]);

  async function putAside(key: string, consumer = 'views'): Promise<void> {
    const event: DomainEvent = {
      ...{ eventId: randomUUID(), type: 'orders.confirmed.v1', capability: 'orders', key, side: 'service' },
      ...{ occurredAt: '2026-01-01T00:00:00.000Z', epoch: 1, sequence: 1, data: { secret: 42 } },
    };
    const letter: DeadLetter = {
      ...{ consumer, eventId: event.eventId, event, reason: `no room for ${key}`, tries: 5 },
      putAsideAt: '2026-01-01T00:00:01.000Z',
    };
    await ensureLog(letters);
    const data = Buffer.from(JSON.stringify(letter));
    await storeEntry(letters, deadLetterSubject(consumer), data, event.eventId);
  }

  it('says that there are none', async () => {
    expect(await run('list')).toMatchObject({ code: exitCodes.ok, out: 'There are none.' });
  });

  it('lists them with their reasons, all or those of one consumer', async () => {
    await putAside('o-1');
    await putAside('o-2', 'mails');
    const { out } = await run('list');
    expect(out).toMatch(/1 .*views .*orders\.confirmed\.v1 .*o-1 .*5 .*no room for o-1/);
    expect(out).toMatch(/2 .*mails .*o-2/);
    expect((await run('list', '--consumer', 'mails')).out).not.toContain('o-1');
  });

  it('shows one with its event', async () => {
    const { out } = await run('show', '1');
    expect(out).toContain('no room for o-1');
    expect(out).toContain('"secret": 42');
    expect(await run('show', '99')).toMatchObject({
      code: exitCodes.wrongUsage,
      err: expect.stringContaining('There is no dead letter 99'),
    });
  });

  it('keeps those that nobody handles, and takes out those that are', async () => {
    expect(await run('replay', '1')).toMatchObject({ code: exitCodes.failed });
    const stop = answerJson(
      nats,
      replaySubject('views'),
      replayRequestSchema,
      async ({ event }) =>
        willing.has((event as DomainEvent).key)
          ? { outcome: 'handled' }
          : { outcome: 'failed', reason: 'still no room' },
      () => undefined,
    );
    await putAside('o-3');
    willing.add('o-1');
    const { code, out } = await run('replay', '--all', '--consumer', 'views');
    expect(code).toBe(exitCodes.failed);
    expect(out).toBe(
      'Letter 1: views has handled it.\nLetter 3: views could not handle it, and it stays: still no room',
    );
    willing.add('o-3');
    expect((await run('replay', '3')).code).toBe(exitCodes.ok);
    const left = JSON.parse((await run('list', '--json')).out) as { number: number }[];
    expect(left.map(({ number }) => number)).toEqual([2]);
    stop();
  });

  it('wants to know which are to be replayed', async () => {
    expect((await run('replay')).code).toBe(exitCodes.wrongUsage);
    expect((await run('replay', '2', '--all')).code).toBe(exitCodes.wrongUsage);
  });
});
