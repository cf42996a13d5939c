import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { connectNats } from '#platform/messaging/connect-nats.js';
import { register } from '#platform/discovery/register.js';
import { testServers } from '../../../tests/support/servers.js';
import { watchInstances } from '../../control/gates/target-is-healthy.js';
import type { RunningGateway } from '../running-gateway.js';
import { eventually } from './support/eventually.js';
import { gatewaysForTest, type LogLines } from './support/gateways.js';
import { ask } from './support/http-client.js';
import { createFlag, type TestFlag } from './support/unleash.js';
import { startUpstream, type Upstream } from './support/upstream.js';

const gateways = gatewaysForTest();
const capability = `fall-${randomBytes(4).toString('hex')}`;
const { unleashUrl, unleashClientToken, natsUrl } = testServers();
let monolith: Upstream;
let service: Upstream;
let flag: TestFlag;
let gateway: RunningGateway;
let impatient: RunningGateway;
let behave: 'well' | 'late' | 'reset' | 'refuse' | 'fail' = 'well';
let status = 503;

beforeAll(async () => {
  monolith = await startUpstream((_incoming, response) => void response.end('monolith'));
  service = await startUpstream((incoming, response) => {
    if (behave === 'late') return;
    if (behave === 'reset') return void incoming.socket.destroy();
    if (behave === 'refuse')
      return void response.writeHead(status, { 'content-type': 'text/plain' }).end('not now');
    response.writeHead(behave === 'fail' ? 500 : 200).end('service');
  });
  flag = await createFlag(`${capability}.get`);
  await flag.rollOut(100);
  gateway = await gateways.start(configWith(service.url));
  impatient = await gateways.start(configWith(service.url, { answer: '200ms' }));
  for (const { url } of [gateway, impatient])
    await eventually(async () => expect((await read(url)).body).toBe('service'));
});

afterAll(async () => {
  await gateways.end();
  await flag.remove();
  await Promise.all([monolith.kill(), service.kill()]);
});

function configWith(address: unknown, timeouts: object = {}): Record<string, unknown> {
  return {
    monolith: monolith.url,
    nats: natsUrl,
    flags: { unleash: unleashUrl, token: unleashClientToken },
    capabilities: {
      [capability]: {
        service: address,
        consistency: 'none',
        timeouts,
        breaker: { retryAfter: '100ms' },
      },
    },
    endpoints: [{ endpoint: 'GET /stock/{id}', capability, verb: 'get', key: 'path.id' }],
  };
}

function read(url = gateway.url) {
  return ask(`${url}/stock/A`);
}

function figures(of = gateway) {
  const { endpoints, capabilities } = of.status();
  return { ...endpoints[0]?.sinceStart, breaker: capabilities[0]?.upstreams.service?.breaker };
}

describe('a read that the service fails', () => {
  it.each([
    ['answers too late', 'late', 0],
    ['breaks off', 'reset', 0],
    ['says 502', 'refuse', 502],
    ['says 503', 'refuse', 503],
    ['says 504', 'refuse', 504],
  ] as const)('is answered by the monolith when the service %s', async (_name, way, code) => {
    const asked = way === 'late' ? impatient : gateway;
    const before = figures(asked).fallbacks ?? 0;
    [behave, status] = [way, code];
    const answer = await read(asked.url);
    expect(answer).toMatchObject({ status: 200, body: 'monolith', headers: { 'x-served-by': 'monolith' } });
    expect(figures(asked).fallbacks).toBe(before + 1);
    behave = 'well';
    await eventually(async () => expect((await read()).body).toBe('service'));
  });

  it('is not hidden when the service answers with an error of its own', async () => {
    behave = 'fail';
    expect(await read()).toMatchObject({
      status: 500,
      body: 'service',
      headers: { 'x-served-by': 'service' },
    });
    behave = 'well';
  });

  it('does not bother the service while its breaker is open, and goes back to it when it is well', async () => {
    behave = 'reset';
    for (let n = 0; n < 6; n++) expect((await read()).body).toBe('monolith');
    const requests = service.requests();
    expect((await read()).body).toBe('monolith');
    expect(service.requests() - requests).toBeLessThanOrEqual(1);
    behave = 'well';
    await eventually(async () => expect((await read()).body).toBe('service'));
    await eventually(() => expect(figures().breaker).toBe('closed'));
  });

  it('leaves its breaker alone as long as it answers at all, so that nothing else of the service is lost', async () => {
    [behave, status] = ['refuse', 503];
    const requests = service.requests();
    for (let n = 0; n < 40; n++) expect((await read()).body).toBe('monolith');
    expect(figures().breaker).toBe('closed');
    expect(service.requests() - requests).toBe(40);
    behave = 'well';
  });

  it('is answered by the monolith while the service is dead, and by the service once it is back', async () => {
    const port = Number(new URL(service.url).port);
    await service.kill();
    for (let n = 0; n < 10; n++) expect(await read()).toMatchObject({ status: 200, body: 'monolith' });
    service = await startUpstream((_incoming, response) => void response.end('service'), port);
    await eventually(async () => expect((await read()).body).toBe('service'));
  });
});

describe('instances', () => {
  it('are found when they register, shared by load, and left out once they have withdrawn', async () => {
    const nats = await connectNats('test', natsUrl);
    const second = await startUpstream((_incoming, response) => void response.end('second'));
    const third = await startUpstream((_incoming, response) => void response.end('third'));
    const found = await gateways.start(configWith({ discover: capability }));
    expect((await read(found.url)).body).toBe('monolith');
    const registrations = await Promise.all(
      [second, third].map(({ url }) =>
        register(nats, { name: capability, version: '1.0.0', metadata: { url } }),
      ),
    );
    const bodies = async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => read(found.url)));
      return [...new Set(answers.map(({ body }) => body))].sort();
    };
    await eventually(async () => expect(await bodies()).toEqual(['second', 'third']));
    await registrations[0]?.withdraw();
    await eventually(async () => expect(await bodies()).toEqual(['third']));
    expect(found.status().capabilities[0]?.upstreams.service?.instances).toEqual([
      { url: third.url, from: 'discovery', inFlight: 0, ejected: false },
    ]);
    await registrations[1]?.withdraw();
    await nats.close();
    await Promise.all([second.kill(), third.kill()]);
  });

  it('that register at another host than the configured ones get nothing, and the log says so', async () => {
    const nats = await connectNats('test', natsUrl);
    const name = `${capability}-hosts`;
    const ours = await startUpstream((_incoming, response) => void response.end('ours'));
    const foreign = await startUpstream((_incoming, response) => void response.end('foreign'));
    const log: LogLines = [];
    const hosts = new URL(ours.url).host;
    const found = await gateways.start(configWith({ discover: name, hosts }), log);
    const registrations = await Promise.all(
      [foreign, ours].map(({ url }) => register(nats, { name, version: '1.0.0', metadata: { url } })),
    );
    await eventually(async () => expect((await read(found.url)).body).toBe('ours'));
    await eventually(() => expect(log).toContainEqual(expect.objectContaining({ refused: [foreign.url] })));
    for (let n = 0; n < 20; n++) expect((await read(found.url)).body).toBe('ours');
    expect(found.status().capabilities[0]?.upstreams.service?.instances).toMatchObject([{ url: ours.url }]);
    // The control plane asks the same instances whether they are ready.
    const config = {
      monolith: { urls: [], hosts: [] },
      capabilities: { [capability]: { service: { discover: name, urls: [], hosts: [hosts] } } },
    };
    const instances = watchInstances(nats, config as unknown as Parameters<typeof watchInstances>[1]);
    await eventually(() => expect(instances.of(capability, 'service')).toEqual([ours.url]));
    instances.close();
    expect(foreign.requests()).toBe(0);
    for (const { withdraw } of registrations) await withdraw();
    await nats.close();
    await Promise.all([ours.kill(), foreign.kill()]);
  });
});
