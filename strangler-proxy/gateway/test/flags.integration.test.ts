import { randomBytes } from 'node:crypto';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testServers } from '../../../tests/support/servers.js';
import type { RunningGateway } from '../running-gateway.js';
import { eventually } from './support/eventually.js';
import { gatewaysForTest } from './support/gateways.js';
import { ask } from './support/http-client.js';
import { createFlag, type TestFlag } from './support/unleash.js';
import { startUpstream, type Upstream } from './support/upstream.js';

const gateways = gatewaysForTest();
const capability = `stock-${randomBytes(4).toString('hex')}`;
const { unleashUrl, unleashClientToken } = testServers();
let monolith: Upstream;
let service: Upstream;
let unleash: { url: string; server: Server };
let flag: TestFlag;
let gateway: RunningGateway;
let config: Record<string, unknown>;

beforeAll(async () => {
  monolith = await startUpstream((_incoming, response) => void response.end('monolith'));
  service = await startUpstream((_incoming, response) => void response.end('service'));
  unleash = await startFrontOfUnleash();
  flag = await createFlag(`${capability}.get`);
  config = {
    monolith: monolith.url,
    state: `${gateways.folder}/state`,
    flags: {
      unleash: unleash.url,
      token: unleashClientToken,
      refresh: '200ms',
      context: { userId: 'header.x-customer-id', productId: 'key' },
    },
    capabilities: { [capability]: { service: service.url, consistency: 'none' } },
    endpoints: [{ endpoint: 'GET /stock/{productId}', capability, verb: 'get', key: 'path.productId' }],
  };
  gateway = await gateways.start(config);
});

afterAll(async () => {
  await gateways.end();
  await flag.remove();
  unleash.server.closeAllConnections();
  unleash.server.close();
  await Promise.all([monolith.kill(), service.kill()]);
});

/** Unleash is shared by all suites: what stands before it can be taken away. */
async function startFrontOfUnleash(port = 0): Promise<{ url: string; server: Server }> {
  const server = createServer((incoming, response) => {
    const outgoing = httpRequest(
      `${unleashUrl}${incoming.url}`,
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** What a dead server leaves at its port: no connection lasts. */
async function startNobody(port: number): Promise<{ attempts(): number; end(): Promise<void> }> {
  let attempts = 0;
  const server = createTcpServer((socket) => {
    attempts += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    attempts: () => attempts,
    end: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function wanted(of: RunningGateway = gateway) {
  return of.status().endpoints[0]?.wanted;
}

/** Share of 400 requests, each for another key, that the service answered. */
async function observedPercent(
  url = gateway.url,
  headers: (n: number) => Record<string, string> = () => ({}),
) {
  let byService = 0;
  for (let n = 0; n < 400; n++) {
    const answer = await ask(`${url}/stock/SKU-${n}`, { headers: headers(n) });
    expect(answer.headers['x-served-by']).toBe(answer.body);
    if (answer.body === 'service') byService += 1;
  }
  return byService / 4;
}

describe('an endpoint that is flipped in Unleash', () => {
  it('goes to the service in the wanted share: 0, 10, 50, 100 and back', async () => {
    for (const percent of [0, 10, 50, 100, 0]) {
      await flag.rollOut(percent);
      await eventually(() => expect(wanted()).toMatchObject({ by: 'compiled', percent }));
      const observed = await observedPercent();
      // Six standard deviations of 400 draws: one run in a hundred million fails by chance.
      const spread = 6 * Math.sqrt((percent * (100 - percent)) / 400);
      expect(Math.abs(observed - percent)).toBeLessThanOrEqual(spread);
    }
  });

  it('acts on it by itself, and tells so', async () => {
    const before = gateway.status().flags.revision;
    await flag.rollOut(100);
    await eventually(() => expect(gateway.status().flags.revision).toBeGreaterThan(before));
    expect(gateway.status().flags).toMatchObject({ source: 'unleash', changedAt: expect.any(String) });
    expect(await observedPercent()).toBe(100);
    expect(gateway.status().endpoints[0]?.recent).toMatchObject({ fallbacks: 0, heldBack: { written: 0 } });
  });

  it('stays with a customer, a key or whatever else the flag sticks to', async () => {
    for (const [stickiness, headers] of [
      ['userId', (n: number) => ({ 'x-customer-id': `customer-${n}` })],
      ['productId', () => ({})],
    ] as const) {
      const sticky = await createFlag(`${capability}.${stickiness}`, stickiness);
      const { url, status } = await gateways.start({
        ...config,
        endpoints: [
          { endpoint: 'GET /stock/{productId}', capability, verb: stickiness, key: 'path.productId' },
        ],
      });
      await sticky.rollOut(50);
      await eventually(() =>
        expect(status().endpoints[0]?.wanted).toMatchObject({ percent: 50, stickiness }),
      );
      const sides = async (n: number) => (await ask(`${url}/stock/SKU-${n}`, { headers: headers(n) })).body;
      for (let n = 0; n < 30; n++) expect(await sides(n)).toBe(await sides(n));
      const observed = await observedPercent(url, headers);
      expect(Math.abs(observed - 50)).toBeLessThan(15);
      await sticky.remove();
    }
  });

  it('is evaluated afresh for each request when its flag has constraints, and says so', async () => {
    await flag.rollOut(100);
    await flag.constrain([{ contextName: 'userId', operator: 'IN', values: ['tester'] }]);
    await eventually(() =>
      expect(wanted()).toEqual({
        percent: null,
        by: 'per-request',
        stickiness: null,
        reason: 'the flag has constraints',
      }),
    );
    expect((await ask(`${gateway.url}/stock/A`, { headers: { 'x-customer-id': 'tester' } })).body).toBe(
      'service',
    );
    expect((await ask(`${gateway.url}/stock/A`, { headers: { 'x-customer-id': 'other' } })).body).toBe(
      'monolith',
    );
    expect((await ask(`${gateway.url}/stock/A`)).body).toBe('monolith');
    await flag.constrain([]);
    await eventually(() => expect(wanted()).toMatchObject({ by: 'compiled' }));
  });

  it('stays as it was when Unleash dies, and in a gateway that starts meanwhile', async () => {
    await flag.rollOut(100);
    await eventually(() => expect(wanted()).toMatchObject({ percent: 100 }));
    const port = Number(new URL(unleash.url).port);
    unleash.server.closeAllConnections();
    await new Promise((resolve) => unleash.server.close(resolve));
    const nobody = await startNobody(port);
    const contactedAt = gateway.status().flags.contactedAt;
    const second = await gateways.start(config);
    await eventually(() => expect(wanted(second)).toMatchObject({ percent: 100 }));
    expect(second.status().flags).toMatchObject({ source: 'last-known', contactedAt: null });
    expect((await ask(`${second.url}/stock/A`)).body).toBe('service');
    const attempts = nobody.attempts();
    await eventually(() => expect(nobody.attempts()).toBeGreaterThan(attempts + 2));
    expect(gateway.status().flags.contactedAt).toBe(contactedAt);
    expect(await observedPercent()).toBe(100);

    await flag.rollOut(0);
    await nobody.end();
    unleash = await startFrontOfUnleash(port);
    await eventually(() => expect(wanted()).toMatchObject({ percent: 0 }));
    await eventually(() => expect(wanted(second)).toMatchObject({ percent: 0 }));
    expect((await ask(`${second.url}/stock/A`)).body).toBe('monolith');
  });

  it('is followed again once Unleash takes a token that it refused at first', async () => {
    let refuse = true;
    let refused = 0;
    const front = createServer((incoming, response) => {
      if (refuse) {
        refused += 1;
        return void response.writeHead(401).end();
      }
      incoming.pipe(
        httpRequest(
          `${unleash.url}${incoming.url}`,
          { method: incoming.method, headers: incoming.headers },
          (answer) => {
            response.writeHead(answer.statusCode ?? 500, answer.headers);
            answer.pipe(response);
          },
        ),
      );
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const { port } = front.address() as AddressInfo;
    const late = await gateways.start({
      ...config,
      state: `${gateways.folder}/late`,
      flags: { unleash: `http://127.0.0.1:${port}`, token: unleashClientToken, refresh: '200ms' },
    });
    await eventually(() => expect(refused).toBeGreaterThan(0));
    expect(wanted(late)).toMatchObject({ by: 'off' });
    refuse = false;
    await eventually(() => expect(late.status().flags.source).toBe('unleash'));
    front.closeAllConnections();
    front.close();
  });
});
