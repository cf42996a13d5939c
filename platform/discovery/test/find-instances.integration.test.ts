import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NatsConnection } from 'nats';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectNats, connectNatsOnce } from '#platform/messaging/connect-nats.js';
import { ownBroker } from '../../../sidecar/test/support/own-servers.js';
import { testServers } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import { findInstances, type FoundInstance, followInstances } from '../find-instances.js';
import { register } from '../register.js';

const name = `found-${randomBytes(4).toString('hex')}`;
let nats: NatsConnection;

beforeAll(async () => {
  nats = await connectNatsOnce('discovery-test', testServers().natsUrl);
});

afterAll(() => nats.close());

describe('looking for instances of a program', () => {
  it('finds none where nobody has registered', async () => {
    expect(await findInstances(nats, name)).toEqual([]);
  });

  it('finds each one with what it says of itself, until it is withdrawn', async () => {
    const one = await register(nats, { name, version: '1.0.0', metadata: { url: 'http://127.0.0.1:1' } });
    const other = await register(nats, { name, version: '1.0.1', metadata: {} });
    const found = await findInstances(nats, name);
    expect(found.map(({ version }) => version).sort()).toEqual(['1.0.0', '1.0.1']);
    expect(found).toContainEqual(
      expect.objectContaining({ id: one.id, metadata: { url: 'http://127.0.0.1:1' } }),
    );
    await Promise.all([one.withdraw(), other.withdraw()]);
    expect(await findInstances(nats, name)).toEqual([]);
  });

  /** Looks every 50 ms while the test runs. @returns ids of those that are known */
  async function whileFollowing(
    from: () => NatsConnection | undefined,
    test: (known: () => string[]) => Promise<void>,
  ): Promise<void> {
    let known: readonly FoundInstance[] = [];
    const stop = followInstances(from, name, 50, (instances) => (known = instances));
    try {
      await test(() => known.map(({ id }) => id).sort());
    } finally {
      stop();
    }
  }

  it('keeps what it knows while the broker hangs, while it is away, and while the instances come back to it', async () => {
    const broker = await ownBroker();
    const asking = await connectNats('discovery-test', broker.url);
    const answering = await connectNats('discovery-test', broker.url);
    const { id } = await register(answering, { name, version: '1.0.0', metadata: {} });
    let connected = true;
    await whileFollowing(
      () => (connected ? asking : undefined),
      async (known) => {
        await until('the instance is known', () => known().length === 1);
        await broker.suspend(3_000);
        expect(known()).toEqual([id]);
        await broker.kill();
        connected = false;
        await sleep(1_000);
        await answering.close();
        await broker.start();
        const isBack = () =>
          asking.flush().then(
            () => true,
            () => false,
          );
        await until('the broker is back', isBack);
        connected = true;
        // The broker says now that nobody is there, for the instance is not back yet.
        await sleep(2_000);
        expect(known()).toEqual([id]);
        await until('the instance is gone', () => known().length === 0);
      },
    );
    await asking.close();
    await broker.end();
  });

  it('keeps one that is silent while others answer, until the broker says that it is gone', async () => {
    const other = await register(nats, { name, version: '1.0.0', metadata: {} });
    const one = await register(nats, { name, version: '1.0.0', metadata: {} });
    await whileFollowing(
      () => nats,
      async (known) => {
        await until('both are known', () => known().length === 2);
        // As an instance that hangs: it is asked, and does not answer.
        const hanging = nats.subscribe(`$SRV.INFO.${name}.${one.id}`);
        await nats.flush();
        await one.withdraw();
        await sleep(3_000);
        expect(known()).toEqual([one.id, other.id].sort());
        hanging.unsubscribe();
        await until('it is gone', () => known().length === 1);
        expect(known()).toEqual([other.id]);
      },
    );
    await other.withdraw();
  });

  it('notices that the last one has gone', async () => {
    let known: readonly FoundInstance[] = [];
    const one = await register(nats, { name, version: '1.0.0', metadata: {} });
    const stop = followInstances(
      () => nats,
      name,
      50,
      (instances) => (known = instances),
    );
    await until('the instance is known', () => known.length === 1);
    await one.withdraw();
    await until('the instance is gone', () => known.length === 0);
    stop();
  });
});
