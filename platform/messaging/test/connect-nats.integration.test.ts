import { afterEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '#platform/telemetry/logger.js';
import { testServers } from '../../../tests/support/servers.js';
import { type SilentBroker, startSilentBroker } from '../../../tests/support/silent-broker.js';
import { until } from '../../../tests/support/until.js';
import { connectNats, connectNatsOnce, connectNatsUnlessRefused } from '../connect-nats.js';
import { linkNats } from '../link-nats.js';

const logger = createLogger('test', 'silent');
const closings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close();
});

async function broker(url?: string): Promise<SilentBroker> {
  const started = await startSilentBroker(url);
  closings.push(started.close);
  return started;
}

const nobodyLeft = (silent: SilentBroker) => until('no connection is left', () => silent.open() === 0);

describe('a broker that takes connections and says nothing', () => {
  it.each([
    ['connectNats', connectNats],
    ['connectNatsUnlessRefused', connectNatsUnlessRefused],
  ] as const)('keeps nobody who is not waiting any more: %s', async (_name, connect) => {
    const silent = await broker();
    const waiting = new AbortController();
    const connecting = connect('test', silent.url, waiting.signal);
    await until('it has been asked', () => silent.open() === 1);
    waiting.abort(new Error('not wanted any more'));
    await expect(connecting).rejects.toThrow('not wanted any more');
    await nobodyLeft(silent);
  });

  it('keeps no link that is closed before it was there', async () => {
    const silent = await broker();
    const link = linkNats('test', silent.url, logger);
    await until('it has been asked', () => silent.open() === 1);
    await link.close();
    await nobodyLeft(silent);
  });

  it('is asked by one connection at a time, and is used once it speaks', async () => {
    const silent = await broker(testServers().natsUrl);
    silent.fallSilent('cut');
    const connecting = connectNats('test', silent.url);
    let most = 0;
    await until('it has been asked twice', () => {
      most = Math.max(most, silent.open());
      return silent.accepted() === 2;
    });
    expect(most).toBe(1);
    silent.speak();
    const nats = await connecting;
    await nats.flush();
    expect(silent.open()).toBe(1);
    await nats.close();
  });

  it('leaves no connection of a command that has given up', async () => {
    const silent = await broker();
    await expect(connectNatsOnce('test', silent.url)).rejects.toThrow('TIMEOUT');
    await nobodyLeft(silent);
  });

  it.each(['cut', 'kept'] as const)(
    'keeps no connection that it had before, where that was %s, and is closed meanwhile',
    async (how) => {
      const silent = await broker(testServers().natsUrl);
      const nats = await connectNats('test', silent.url);
      silent.fallSilent(how);
      // One that was kept is given up by the client itself, after some seconds without an answer to its pings.
      await until('the client connects again', () => silent.accepted() === 2);
      await nats.close();
      await nobodyLeft(silent);
    },
  );
});
