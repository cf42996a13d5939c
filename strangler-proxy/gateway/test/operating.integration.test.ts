import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GatewayStatus } from '#contracts/strangler/gateway-status.js';
import { findInstances } from '#platform/discovery/find-instances.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import { programArguments } from '../../../tests/support/program-arguments.js';
import { testServers } from '../../../tests/support/servers.js';
import type { RunningGateway } from '../running-gateway.js';
import { eventually } from './support/eventually.js';
import { gatewaysForTest } from './support/gateways.js';
import { ask, connectRaw } from './support/http-client.js';
import { startUpstream, type Upstream } from './support/upstream.js';

const gateways = gatewaysForTest();
const { natsUrl } = testServers();
let monolith: Upstream;
let gateway: RunningGateway;

beforeAll(async () => {
  monolith = await startUpstream((incoming, response) => {
    response.writeHead(incoming.url === '/stock/missing' ? 404 : 200).end('{}');
  });
  writeFileSync(
    join(gateways.folder, 'openapi.json'),
    JSON.stringify({ openapi: '3.1.0', info: { title: 'Stock' } }),
  );
  gateway = await gateways.start({
    monolith: monolith.url,
    nats: natsUrl,
    documents: { openapi: 'openapi.json' },
    endpoints: [{ endpoint: 'GET /stock/{id}', capability: 'stock', key: 'path.id' }],
  });
});

afterAll(async () => {
  await gateways.end();
  await monolith.kill();
});

describe("a gateway's admin listener", () => {
  it('tells per endpoint and side what was answered, and what no endpoint matches', async () => {
    for (let n = 0; n < 3; n++) await ask(`${gateway.url}/stock/A`);
    await ask(`${gateway.url}/stock/missing`);
    await ask(`${gateway.url}/elsewhere`);
    const answer = await ask(`${gateway.adminUrl}/status`);
    const status = JSON.parse(answer.body) as GatewayStatus;
    expect(status).toMatchObject({
      gateway: gateway.id,
      url: gateway.url,
      ready: true,
      flags: { source: 'none' },
    });
    expect(
      status.endpoints.map(({ endpoint, capability, flag }) => ({ endpoint, capability, flag })),
    ).toEqual([
      { endpoint: 'GET /stock/{id}', capability: 'stock', flag: null },
      { endpoint: '*', capability: null, flag: null },
    ]);
    expect(status.endpoints[0]?.sinceStart).toMatchObject({
      requests: 4,
      servicePercent: 0,
      sides: { monolith: { answers: { '2xx': 3, '4xx': 1 } } },
    });
    expect(status.endpoints[1]?.sinceStart.requests).toBe(1);
    expect(status.capabilities).toEqual([
      {
        capability: 'stock',
        monolithLeaves: false,
        replica: null,
        monolithReplica: null,
        owners: null,
        parked: 0,
        upstreams: {
          monolith: {
            breaker: 'closed',
            inFlight: 0,
            queued: 0,
            instances: [{ url: monolith.url, from: 'configuration', inFlight: 0, ejected: false }],
          },
          service: null,
        },
      },
    ]);
  });

  it('gives the same figures to Prometheus', async () => {
    const { body, headers } = await ask(`${gateway.adminUrl}/metrics`);
    expect(headers['content-type']).toContain('text/plain');
    const of = 'endpoint="GET /stock/{id}",capability="stock",side="monolith"';
    expect(body).toContain(`strangler_gateway_requests_total{${of},status="2xx"} 3\n`);
    expect(body).toContain(`strangler_gateway_request_seconds_count{${of}} 4\n`);
    expect(body).toMatch(/strangler_gateway_request_seconds_bucket\{.*le="\+Inf"\} 4\n/);
    expect(body).toContain('strangler_gateway_breaker_state{capability="stock",side="monolith"} 0\n');
    expect(body).toContain('process_cpu_seconds_total');
  });

  it('is only to be read, and says what there is', async () => {
    expect((await ask(`${gateway.adminUrl}/status`, { method: 'POST' })).status).toBe(405);
    const missing = await ask(`${gateway.adminUrl}/nothing`);
    expect(missing.status).toBe(404);
    expect(missing.body).toContain('/metrics');
    expect((await ask(`${gateway.url}/metrics`)).headers['x-served-by']).toBe('monolith');
  });
});

describe('a gateway', () => {
  it('can be found by name, and no longer once it has ended', async () => {
    const nats = await connectNats('test', natsUrl);
    const found = async () => (await findInstances(nats, 'gateway')).map(({ metadata }) => metadata);
    const one = await gateways.start({ monolith: monolith.url, nats: natsUrl });
    const self = { gateway: one.id, url: one.url, adminUrl: one.adminUrl };
    await eventually(async () => expect(await found()).toContainEqual(expect.objectContaining(self)));
    await one.drain();
    expect(await found()).not.toContainEqual(expect.objectContaining(self));
    await nats.close();
  });

  it('announces the addresses that are set, not those where it listens', async () => {
    const nats = await connectNats('test', natsUrl);
    const addresses = { url: 'http://gateway.example:80', adminUrl: 'http://gateway.example:8090' };
    const one = await gateways.start({
      ...{ monolith: monolith.url, nats: natsUrl },
      listen: { publicUrl: addresses.url },
      admin: { host: '0.0.0.0', publicUrl: addresses.adminUrl },
    });
    await eventually(async () => {
      const found = (await findInstances(nats, 'gateway')).map(({ metadata }) => metadata);
      const announced = { gateway: one.id, url: 'http://gateway.example', adminUrl: addresses.adminUrl };
      expect(found).toContainEqual(expect.objectContaining(announced));
    });
    expect(one.status().url).toBe('http://gateway.example');
    await one.drain();
    await nats.close();
  });

  it('does not start where it would announce an address that nobody can connect to', async () => {
    const started = gateways.start({ monolith: monolith.url, nats: natsUrl, admin: { host: '0.0.0.0' } });
    await expect(started).rejects.toThrow('admin.publicUrl is needed while admin.host is "0.0.0.0"');
  });

  it('serves the description of the API, and a page to read it with that needs no other host', async () => {
    expect(JSON.parse((await ask(`${gateway.url}/openapi.json`)).body)).toMatchObject({ openapi: '3.1.0' });
    const page = await ask(`${gateway.url}/docs`);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) expect((await ask(`${gateway.url}${file}`)).status).toBe(200);
    expect((await ask(`${gateway.url}/docs/../../package.json`)).headers['x-served-by']).toBe('monolith');
  });

  it('says which port is taken, and what to do', async () => {
    const port = Number(new URL(gateway.url).port);
    const { runGateway } = await import('../run-gateway.js');
    const { createLogger } = await import('#platform/telemetry/logger.js');
    const configFile = join(gateways.folder, 'taken.yaml');
    writeFileSync(configFile, `monolith: ${monolith.url}\n`);
    const logger = createLogger('gateway', 'silent');
    await expect(runGateway({ configFile, environment: {}, port, adminPort: 0, logger })).rejects.toThrow(
      `127.0.0.1:${port} is taken by another process: end it, or choose another port`,
    );
  });
});

describe('a gateway that may open fewer files than its connections need', () => {
  it('says so as it starts, and serves as far as it can', async () => {
    const file = join(gateways.folder, 'few-files.yaml');
    writeFileSync(file, JSON.stringify({ monolith: monolith.url, limits: { connections: 5_000 } }));
    const { NODE_OPTIONS: _ofJest, ...env } = process.env;
    const program = programArguments(join(import.meta.dirname, '../main.ts'));
    const args = [...program, '--config', file, '--port', '0', '--admin-port', '0'];
    const child = spawn('sh', ['-c', 'ulimit -n 4000; exec "$@"', 'sh', process.execPath, ...args], { env });
    let log = '';
    child.stdout.on('data', (piece: Buffer) => (log += piece.toString()));
    try {
      await eventually(() => expect(log).toContain('gateway is up'));
    } finally {
      child.kill('SIGKILL');
    }
    expect(log).toMatch(/"level":40,[^\n]*may have 4000 files open, and 5576 are needed/);
  });
});

describe('paths that are denied', () => {
  it('are answered by the gateway itself, also where a WebSocket is asked for, and reach no program', async () => {
    const closed = await gateways.start({ monolith: monolith.url, denied: ['/metrics', '/health/*'] });
    const before = monolith.requests();
    for (const path of ['/metrics', '/%6detrics', '/health/ready', '/stock/%2e%2e/health/live']) {
      const { status, body } = await ask(`${closed.url}${path}`);
      expect([path, status, (JSON.parse(body) as { code: string }).code]).toEqual([path, 404, 'not_found']);
    }
    const wish = await connectRaw(closed.url);
    wish.send('GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await wish.closed;
    expect(wish.received()).toMatch(/^HTTP\/1.1 404 /);
    expect(monolith.requests()).toBe(before);
    expect((await ask(`${closed.url}/stock/A`)).status).toBe(200);
  });
});
