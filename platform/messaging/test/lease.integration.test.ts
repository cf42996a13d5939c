import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testServers } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import { connectNats } from '../connect-nats.js';
import type { NatsConnection } from '../exchange-json.js';
import { holdLease, type Lease } from '../lease.js';

let bucket: string;
let connections: NatsConnection[];
let leases: Lease[];

beforeEach(() => {
  bucket = `lease-test-${randomBytes(4).toString('hex')}`;
  connections = [];
  leases = [];
});

afterEach(async () => {
  await Promise.all(leases.map((lease) => lease.end()));
  const cleaner = await connectNats('test', testServers().natsUrl);
  await (await cleaner.jetstreamManager()).streams.delete(`KV_${bucket}`).catch(() => false);
  await Promise.all([...connections, cleaner].map((connection) => connection.close()));
});

async function contend(
  id: string,
  duration = 1_200,
): Promise<{ lease: Lease; nats: NatsConnection; changes: boolean[] }> {
  const nats = await connectNats('test', testServers().natsUrl);
  connections.push(nats);
  const holder = { id, url: `http://${id}.example` };
  const onTrouble = () => undefined;
  const lease = holdLease({ nats, bucket, name: 'leader', holder, duration, onTrouble });
  leases.push(lease);
  const changes: boolean[] = [];
  lease.onChange((held) => changes.push(held));
  return { lease, nats, changes };
}

describe('a lease', () => {
  it('is held by one of several, who tells the others where it is', async () => {
    const all = await Promise.all(['one', 'two', 'three'].map((id) => contend(id)));
    await until('one holds it', () => all.some(({ lease }) => lease.held()));
    const holding = all.filter(({ lease }) => lease.held());
    expect(holding).toHaveLength(1);
    const holder = await all[0]?.lease.holder();
    expect(holder?.url).toBe(`http://${holder?.id}.example`);
  });

  it('is renewed for as long as its holder lives', async () => {
    const { lease, nats, changes } = await contend('one', 9_000);
    await until('it is held', () => lease.held());
    const { streams } = await nats.jetstreamManager();
    const renewals = async () => (await streams.info(`KV_${bucket}`)).state.last_seq;
    const before = await renewals();
    await until('it is renewed', async () => (await renewals()) > before);
    expect([lease.held(), changes]).toEqual([true, [true]]);
  });

  it('goes on at once when it is given back', async () => {
    const one = await contend('one');
    await until('it is held', () => one.lease.held());
    const two = await contend('two');
    await one.lease.end();
    expect(one.lease.held()).toBe(false);
    await until('the other one holds it', () => two.lease.held());
  });

  it('is given up by a holder that is cut off, before anybody else can take it', async () => {
    const one = await contend('one');
    await until('it is held', () => one.lease.held());
    const two = await contend('two');
    await one.nats.close();
    let together = false;
    await until('the other one holds it', () => {
      together ||= one.lease.held() && two.lease.held();
      return two.lease.held();
    });
    expect(together).toBe(false);
    expect(one.changes.at(-1)).toBe(false);
  });

  it('begins anew when the broker has lost it', async () => {
    const one = await contend('one');
    await until('it is held', () => one.lease.held());
    await (await one.nats.jetstreamManager()).streams.delete(`KV_${bucket}`);
    await until('it was lost and is held again', () => one.changes.length >= 3 && one.lease.held());
    expect(one.changes.slice(0, 3)).toEqual([true, false, true]);
  });
});
