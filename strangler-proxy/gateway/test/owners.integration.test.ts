import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Side } from '#contracts/strangler/move.js';
import { writtenKeysSubject } from '#contracts/strangler/written-keys.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { testServers } from '../../../tests/support/servers.js';
import type { RunningGateway } from '../running-gateway.js';
import { eventually } from './support/eventually.js';
import { type Front, standBefore } from './support/front.js';
import { type Gateways, gatewaysForTest, type LogLines } from './support/gateways.js';
import { type Answer, ask, connectRaw } from './support/http-client.js';
import { allBuckets, type OwnedStock, startOwnedStock } from './support/owned-stock.js';
import { bodyOf, startUpstream } from './support/upstream.js';

const { natsUrl } = testServers();
let capability: string;
let gateways: Gateways;
let nats: NatsConnection;
let stock: OwnedStock;
let front: Front;
const log: LogLines = [];

beforeEach(async () => {
  capability = `own-${randomBytes(4).toString('hex')}`;
  gateways = gatewaysForTest();
  nats = await connectNats('test', natsUrl);
  stock = await startOwnedStock(nats, capability);
  const { hostname, port } = new URL(natsUrl);
  front = await standBefore(hostname, Number(port));
});

afterEach(async () => {
  await gateways.end();
  await stock.end();
  await front.cut();
  await nats.close();
});

function config(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    monolith: stock.programs.monolith.url,
    nats: natsUrl,
    capabilities: { [capability]: { title: 'Stock', service: stock.programs.service.url } },
    endpoints: [
      { endpoint: 'GET /stock', capability },
      { endpoint: 'GET /stock/{key}', capability, key: 'path.key' },
      { endpoint: 'PUT /stock/{key}', capability, key: 'path.key' },
      { endpoint: 'POST /stock/{any}', capability, key: 'request.item.key' },
      { endpoint: 'POST /stock', capability, key: 'new' },
    ],
    signingKey: 'a key of the test, which nobody checks',
    ...more,
  };
}

function behindFront(): string {
  const url = new URL(natsUrl);
  url.host = `127.0.0.1:${front.port}`;
  return url.href;
}

function put(gateway: RunningGateway, key: string, body: string | Buffer): Promise<Answer> {
  return ask(`${gateway.url}/stock/${key}`, { method: 'PUT', body });
}

const owners = (gateway: RunningGateway) => gateway.status().capabilities[0]?.owners;
const parked = (gateway: RunningGateway) => gateway.status().capabilities[0]?.parked;

describe('a write', () => {
  it('goes to the owner of its key, on either side, as soon as that has changed', async () => {
    const gateway = await gateways.start(config());
    expect((await put(gateway, 'a', '1')).headers['x-served-by']).toBe('monolith');
    await stock.move('monolith', allBuckets);
    expect((await put(gateway, 'a', '2')).headers['x-served-by']).toBe('service');
    await stock.move('service', [stock.bucketOf('a')]);
    expect((await put(gateway, 'a', '3')).headers['x-served-by']).toBe('monolith');
    await eventually(() =>
      expect(owners(gateway)).toEqual({ monolith: 1, service: 99, nobody: 0, heard: true }),
    );
    expect(stock.commits.map(({ value, side }) => `${value} ${side}`)).toEqual([
      '1 monolith',
      '2 service',
      '3 monolith',
    ]);
  });

  it('goes to the owner from the first request on after a start in the middle of a move', async () => {
    await stock.move('monolith', allBuckets);
    const gateway = await gateways.start(config());
    expect((await put(gateway, 'a', '1')).headers['x-served-by']).toBe('service');
    expect(stock.programs.monolith.requests()).toBe(0);
  });

  it('is known by a key in its body, and by what a 421 says where the body tells none', async () => {
    await stock.move('monolith', allBuckets);
    const gateway = await gateways.start(config());
    const post = (body: string) => ask(`${gateway.url}/stock/a`, { method: 'POST', body });
    expect((await post('{"item":{"key":"a"}}')).headers['x-served-by']).toBe('service');
    expect(stock.programs.monolith.requests()).toBe(0);
    expect((await post('no JSON')).headers['x-served-by']).toBe('service');
    expect(stock.programs.monolith.requests()).toBe(1);
  });

  it('that creates goes to the owner of the id that is made for it, and so does its retry', async () => {
    const gateway = await gateways.start(config());
    await stock.move('monolith', allBuckets.slice(0, 50));
    await eventually(() => expect(owners(gateway)?.service).toBe(50));
    for (let n = 0; n < 20; n++) {
      const post = () =>
        ask(`${gateway.url}/stock`, {
          method: 'POST',
          headers: { 'idempotency-key': `key-${n}` },
          body: 'x',
        });
      expect([(await post()).status, (await post()).status]).toEqual([200, 200]);
    }
    expect(stock.commits).toHaveLength(40);
    expect(new Set(stock.commits.map(({ key }) => key)).size).toBe(20);
    expect(new Set(stock.commits.map(({ side }) => side)).size).toBe(2);
    expect(stock.programs.monolith.requests() + stock.programs.service.requests()).toBe(40);
  });

  it('that turns out to be about another key shows nobody as the owner of the one it was sent for', async () => {
    const writes = [{ keys: 'response.key' }];
    const gateway = await gateways.start(
      config({ endpoints: [{ endpoint: 'POST /stock', capability, key: 'new', writes }] }),
    );
    stock.replicate(false);
    stock.release('monolith', allBuckets);
    await eventually(() => expect(owners(gateway)?.nobody).toBe(100));
    const answer = await ask(`${gateway.url}/stock`, { method: 'POST', body: 'about another' });
    expect(answer.status).toBe(201);
    expect(owners(gateway)?.nobody).toBe(100);
  });

  it('that is accepted holds its key no longer than others, where that says that it is done', async () => {
    const accepted = { endpoint: 'PUT /stock/{key}', capability, key: 'path.key', acceptedIsDone: true };
    const read = { endpoint: 'GET /stock/{key}', capability, key: 'path.key' };
    const gateway = await gateways.start(config({ endpoints: [read, accepted] }));
    expect((await put(gateway, 'a', 'accepted')).status).toBe(202);
    await eventually(() => expect(gateway.status().capabilities[0]?.replica?.keysHeld).toBe(0));
  });

  it('waits without being sent while its key is known to be between two owners, and others pass', async () => {
    const gateway = await gateways.start(config());
    stock.replicate(false);
    stock.release('monolith', [stock.bucketOf('a')]);
    await eventually(() => expect(owners(gateway)?.nobody).toBe(1));
    const waiting = put(gateway, 'a', '1');
    await eventually(() => expect(parked(gateway)).toBe(1));
    const other = allBuckets.map((n) => `k-${n}`).find((key) => stock.bucketOf(key) !== stock.bucketOf('a'));
    expect((await put(gateway, other ?? '', '2')).status).toBe(200);
    expect([stock.programs.monolith.requests(), stock.programs.service.requests()]).toEqual([1, 0]);
    stock.replicate(true);
    expect(await waiting).toMatchObject({ status: 200, headers: { 'x-served-by': 'service' } });
    expect(parked(gateway)).toBe(0);
  });

  it('that is refused finds the owner although nothing was announced, and shows it to all that follow', async () => {
    const gateway = await gateways.start(config());
    stock.announce(false);
    await stock.move('monolith', allBuckets);
    expect(owners(gateway)?.monolith).toBe(100);
    expect(await put(gateway, 'a', '1')).toMatchObject({
      status: 200,
      headers: { 'x-served-by': 'service' },
    });
    expect(owners(gateway)).toMatchObject({ monolith: 99, service: 1 });
    const before = stock.programs.monolith.requests();
    expect((await put(gateway, 'a', '2')).status).toBe(200);
    expect(stock.programs.monolith.requests()).toBe(before);
  });

  it.each([
    ['the grant before the release', ['service', 'monolith']],
    ['the release alone', ['monolith']],
    ['the grant alone', ['service']],
    ['old news once more after the new', ['old', 'monolith', 'service', 'old']],
  ] as const)('is taken once, by the owner, when what is announced is %s', async (_name, said) => {
    const gateway = await gateways.start(config());
    stock.announce(false);
    const bucket = stock.bucketOf('a');
    const old = { capability, side: 'monolith', rows: [{ bucket, state: 'owned', epoch: 1 }] };
    await stock.move('monolith', [bucket]);
    const writes = Array.from({ length: 5 }, (_, n) => put(gateway, 'a', String(n)));
    for (const side of said) {
      if (side === 'old') nats.publish(`strangler.owners.${capability}`, JSON.stringify(old));
      else stock.say(side, [bucket]);
    }
    for (const { status } of await Promise.all(writes)) expect(status).toBe(200);
    expect(new Set(stock.commits.map(({ value }) => value)).size).toBe(5);
    expect(stock.commits).toHaveLength(5);
  });

  it('is told apart from news that are older than what a 421 has said', async () => {
    const gateway = await gateways.start(config());
    stock.announce(false);
    stock.replicate(false);
    const bucket = stock.bucketOf('a');
    stock.release('monolith', [bucket]);
    const waiting = put(gateway, 'a', '1');
    await eventually(() => expect(owners(gateway)?.nobody).toBe(1));
    const old = { capability, side: 'monolith', rows: [{ bucket, state: 'owned', epoch: 1 }] };
    nats.publish(`strangler.owners.${capability}`, JSON.stringify(old));
    await nats.flush();
    expect(owners(gateway)?.nobody).toBe(1);
    stock.replicate(true);
    expect((await waiting).status).toBe(200);
  });

  it('finds its owner without NATS, asking one side and the other, and remembers it', async () => {
    const gateway = await gateways.start(config({ nats: behindFront() }));
    await eventually(() => expect(owners(gateway)?.heard).toBe(true));
    await front.cut();
    await eventually(() => expect(owners(gateway)?.heard).toBe(false));
    await stock.move('monolith', allBuckets);
    const answers = await Promise.all(allBuckets.map((n) => put(gateway, `k-${n}`, String(n))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(stock.commits.map(({ side }) => side))).toEqual(new Set(['service']));
    const before = stock.programs.monolith.requests();
    expect((await put(gateway, 'k-1', 'again')).status).toBe(200);
    expect(stock.programs.monolith.requests()).toBe(before);
    await stock.move('service', [stock.bucketOf('k-1')]);
    expect((await put(gateway, 'k-1', 'back')).headers['x-served-by']).toBe('monolith');
    await front.restore();
  });

  it('is sent again with the very same body, of up to 1 MiB', async () => {
    const gateway = await gateways.start(config());
    stock.announce(false);
    await stock.move('monolith', allBuckets);
    const body = randomBytes(512 * 1024).toString('hex');
    expect(await put(gateway, 'large', body)).toMatchObject({ status: 200, body });
    const chunked = await ask(`${gateway.url}/stock/chunked-${allBuckets.length}`, {
      method: 'PUT',
      headers: { 'transfer-encoding': 'chunked' },
      body,
    });
    expect(chunked).toMatchObject({ status: 200, body });
  });

  it('that other writes of its bucket wait for comes after them', async () => {
    const gateway = await gateways.start(config());
    stock.replicate(false);
    stock.release('monolith', [stock.bucketOf('a')]);
    await eventually(() => expect(owners(gateway)?.nobody).toBe(1));
    const connections = Array.from({ length: 20 }, async (_, n) => {
      await eventually(() => expect(parked(gateway)).toBe(n));
      return put(gateway, 'a', String(n));
    });
    await eventually(() => expect(parked(gateway)).toBe(20));
    stock.replicate(true);
    await Promise.all(connections);
    expect(stock.commits).toHaveLength(20);
    expect(stock.commits[0]?.value).toBe('0');
  });

  it('is answered by what the owner says, whatever that is, and not tried elsewhere', async () => {
    const gateway = await gateways.start(config());
    expect(await put(gateway, 'a', 'refuse')).toMatchObject({ status: 409, body: 'refused' });
    expect(stock.programs.service.requests()).toBe(0);
    await stock.move('monolith', allBuckets);
    expect((await put(gateway, 'a', 'refuse')).status).toBe(409);
    await stock.programs.service.kill();
    const atOnce = await gateways.start(config({ parking: { absence: '0s' } }));
    const dead = await put(atOnce, 'a', '1');
    expect(dead).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(dead.body).toContain('Stock service is unavailable');
    expect(stock.programs.monolith.requests()).toBe(1);
  });
});

describe('an owner that was inferred from a write whose key was misread', () => {
  /** Says as another gateway that a side took a write of these keys. */
  async function say(side: Side, epoch: number, keys: string[]): Promise<void> {
    const notice = { write: '1', keys, state: 'answered', at: Date.now(), takenBy: { side, epoch } };
    const message = { capability, gateway: `other-${epoch}`, sequence: 1, writes: [notice] };
    nats.publish(writtenKeysSubject(capability), JSON.stringify(message));
    await nats.flush();
  }

  it.each([
    ['in an epoch that no side has', 9],
    ['in the newest epoch', 1],
  ])('is forgotten once the rows say otherwise: %s', async (_name, epoch) => {
    const gateway = await gateways.start(config());
    await say('service', epoch, ['a', 'b', 'c']);
    await eventually(() => expect(owners(gateway)?.service).toBeGreaterThan(0));
    await eventually(() => expect(owners(gateway)).toMatchObject({ monolith: 100, heard: true }));
    const before = stock.programs.service.requests();
    expect((await put(gateway, 'a', '1')).headers['x-served-by']).toBe('monolith');
    expect(stock.programs.service.requests()).toBe(before);
  });

  it('is forgotten while its bucket moves, and where only programs can tell', async () => {
    const gateway = await gateways.start(config());
    stock.replicate(false);
    stock.release('monolith', [stock.bucketOf('a')]);
    await eventually(() => expect(owners(gateway)?.nobody).toBe(1));
    stock.silence('monolith', true);
    await say('monolith', 7, ['a']);
    await eventually(() => expect(owners(gateway)?.nobody).toBe(0));
    await eventually(() => expect(owners(gateway)?.nobody).toBe(1));
    stock.replicate(true);
    expect((await put(gateway, 'a', '1')).headers['x-served-by']).toBe('service');
  });

  it('is forgotten by the first write that it misleads, where nobody can be asked', async () => {
    const gateway = await gateways.start(config());
    for (const side of ['monolith', 'service'] as const) stock.silence(side, true);
    stock.askable(false);
    await say('service', 9, ['a']);
    await eventually(() => expect(owners(gateway)?.service).toBe(1));
    expect((await put(gateway, 'a', '1')).headers['x-served-by']).toBe('monolith');
    expect(owners(gateway)).toMatchObject({ monolith: 100, service: 0 });
  });
});

describe('a write whose endpoint names no owner', () => {
  it('is tried again for as long as some side of what it needs has no owner', async () => {
    let answers = 0;
    const program = await startUpstream(async (incoming, response) => {
      const body = await bodyOf(incoming);
      answers += 1;
      if (answers % 4 === 0) return void response.end(body);
      response.writeHead(421, { 'x-strangler-bucket': '7', 'x-strangler-epoch': '2' }).end('not the owner');
    });
    const gateway = await gateways.start({ monolith: program.url, parking: { time: '60s' } });
    const order = () => ask(`${gateway.url}/orders`, { method: 'POST', body: 'an order' });
    expect(await order()).toMatchObject({ status: 200, body: 'an order' });
    expect(await order()).toMatchObject({ status: 200, body: 'an order' });
    expect(answers).toBe(8);
    const other = await gateways.start({ monolith: program.url, parking: { time: '50ms' } });
    expect((await ask(`${other.url}/orders`, { method: 'POST', body: 'an order' })).status).toBe(503);
    await program.kill();
  });
});

describe('waiting', () => {
  /** A bucket that has no owner until replication goes on, and a gateway that knows. */
  async function between(more: Record<string, unknown>): Promise<RunningGateway> {
    const gateway = await gateways.start(config(more), log);
    stock.replicate(false);
    stock.release('monolith', [stock.bucketOf('a')]);
    await eventually(() => expect(owners(gateway)?.nobody).toBe(1));
    return gateway;
  }

  function expectRefused(answer: Answer): void {
    expect(answer).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1', 'content-type': 'application/problem+json; charset=utf-8' },
    });
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'unavailable',
      detail: expect.stringContaining('Stock service is unavailable') as unknown,
    });
  }

  async function expectLimits(gateway: RunningGateway, expected: Record<string, number>): Promise<void> {
    const lines = log.splice(0).filter(({ msg }) => msg === 'refused by a limit');
    const named = lines.map(({ setting, path }) => [setting, path]);
    expect(named).toEqual(Object.keys(expected).map((setting) => [setting, '/stock/a']));
    const { body } = await ask(`${gateway.adminUrl}/metrics`);
    for (const [setting, value] of Object.entries(expected))
      expect(body).toContain(`strangler_gateway_limited_total{setting="${setting}"} ${value}\n`);
  }

  it('is bounded in time: the client is told to come back', async () => {
    const gateway = await between({ parking: { time: '400ms' } });
    expectRefused(await put(gateway, 'a', '1'));
    expect(stock.commits).toEqual([]);
    const { body } = await ask(`${gateway.adminUrl}/metrics`);
    expect(body).toContain(
      `strangler_gateway_park_given_up_total{capability="${capability}",reason="time"} 1\n`,
    );
    expect(body).toContain(`strangler_gateway_parked_total{capability="${capability}"} 1\n`);
    expect(body).toContain(`strangler_gateway_parked{capability="${capability}"} 0\n`);
    expect(body).toContain(`strangler_gateway_buckets{capability="${capability}",owner="nobody"} 1\n`);
    await expectLimits(gateway, { 'parking.time': 1 });
  });

  it('is bounded in number: one more is refused at once, and those that wait are served', async () => {
    const gateway = await between({ parking: { writes: 2 } });
    const waiting = ['1', '2'].map((value) => put(gateway, 'a', value));
    await eventually(() => expect(parked(gateway)).toBe(2));
    expectRefused(await put(gateway, 'a', '3'));
    stock.replicate(true);
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(200);
    const { body } = await ask(`${gateway.adminUrl}/metrics`);
    expect(body).toContain(`strangler_gateway_park_seconds_count{capability="${capability}"} 2\n`);
    await expectLimits(gateway, { 'parking.writes': 1 });
  });

  it('is bounded in memory, and not for a body that is sent as it comes', async () => {
    const gateway = await between({ parking: { memory: '3 KiB', body: '2 KiB' } });
    const waiting = put(gateway, 'a', 'x'.repeat(2_000));
    await eventually(() => expect(parked(gateway)).toBe(1));
    expectRefused(await put(gateway, 'a', 'y'.repeat(2_000)));
    expectRefused(await put(gateway, 'a', 'z'.repeat(3_000)));
    const large = { method: 'PUT', headers: { 'transfer-encoding': 'chunked' }, body: 'z'.repeat(3_000) };
    expectRefused(await ask(`${gateway.url}/stock/a`, large));
    await expectLimits(gateway, { 'parking.memory': 1, 'parking.body': 2 });
    stock.replicate(true);
    expect((await waiting).status).toBe(200);
    expect(await ask(`${gateway.url}/stock/a`, large)).toMatchObject({ status: 200, body: large.body });
  });

  it('ends with the client: its write is never sent, and its place is free', async () => {
    const gateway = await between({ parking: { writes: 1 } });
    const connection = await connectRaw(gateway.url);
    connection.send('PUT /stock/a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\ngone');
    await eventually(() => expect(parked(gateway)).toBe(1));
    connection.socket.destroy();
    await eventually(() => expect(parked(gateway)).toBe(0));
    const next = put(gateway, 'a', 'stays');
    stock.replicate(true);
    expect((await next).status).toBe(200);
    expect((await put(gateway, 'a', 'later')).status).toBe(200);
    expect(stock.commits.map(({ value }) => value)).toEqual(['stays', 'later']);
    await eventually(() => expect(gateway.status().capabilities[0]?.replica).toMatchObject({ keysHeld: 0 }));
  });

  it('ends before a drain cuts connections: each write is carried out, or refused', async () => {
    const gateway = await between({ drain: { limit: '1500ms' } });
    const refused = put(gateway, 'a', '1');
    await eventually(() => expect(parked(gateway)).toBe(1));
    const [answer] = await Promise.all([refused, gateway.drain()]);
    expectRefused(answer);
    expect(log).toContainEqual(expect.objectContaining({ setting: 'drain.limit', path: '/stock/a' }));
    const other = await gateways.start(config({ drain: { limit: '60s' } }));
    const served = put(other, 'a', '2');
    await eventually(() => expect(parked(other)).toBe(1));
    const end = other.drain();
    stock.replicate(true);
    expect((await served).status).toBe(200);
    await end;
  });
});

describe('hand-overs under load', () => {
  it('lose no write, take none twice, fail none, and no client reads older than it wrote, through any gateway', async () => {
    const pair = [
      await gateways.start(config()),
      await gateways.start(config({ nats: behindFront() })),
    ] as const;
    let ended = false;
    let written = 0;
    const failures: unknown[] = [];
    const bodies = new Set<string>();
    stock.slowDown(3);

    const client = async (name: number) => {
      for (let n = 0; !ended; n++) {
        const key = `k-${name}-${n % 5}`;
        const [writes, reads] = n % 2 ? pair : ([pair[1], pair[0]] as const);
        const value = `${name}-${n}`;
        const answer = await put(writes, key, value);
        if (answer.status !== 200) failures.push([value, answer.status, answer.body]);
        bodies.add(value);
        written += 1;
        const read = await ask(`${reads.url}/stock/${key}`);
        if (read.body !== value)
          failures.push(
            `wrote ${value} by ${String(answer.headers['x-served-by'])}, read ${read.body} from ${String(read.headers['x-served-by'])}`,
          );
      }
    };
    const clients = Array.from({ length: 8 }, (_, name) => client(name));
    for (let round = 0; round < 8; round++) {
      const from = round % 2 ? 'service' : 'monolith';
      stock.announce(round % 3 !== 2);
      front.delay(round % 4 === 1 ? 20 : 0);
      for (let at = 0; at < 100; at += 25) await stock.move(from, allBuckets.slice(at, at + 25));
      const since = written;
      await eventually(() => expect(written).toBeGreaterThan(since + 20));
    }
    ended = true;
    await Promise.all(clients);
    expect(failures).toEqual([]);
    const values = stock.commits.map(({ value }) => value);
    expect(values).toHaveLength(bodies.size);
    expect(new Set(values)).toEqual(bodies);
  });
});
