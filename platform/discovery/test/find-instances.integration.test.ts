import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NatsConnection } from 'nats';
import { connectNatsOnce } from '#platform/messaging/connect-nats.js';
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
