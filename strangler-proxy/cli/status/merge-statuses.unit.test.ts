import { describe, expect, it } from '@jest/globals';
import type { EndpointStatus, GatewayStatus, SideFigures } from '#contracts/strangler/gateway-status.js';
import { mergeStatuses } from './merge-statuses.js';

const side = (ok: number, p99Ms: number | null): SideFigures => ({
  answers: { '2xx': ok, '3xx': 0, '4xx': 0, '5xx': 1 },
  p50Ms: 1,
  p99Ms,
});

function endpoint(percent: number, monolith: SideFigures, service: SideFigures): EndpointStatus {
  const figures = {
    seconds: 10,
    requests: 30,
    servicePercent: 50,
    sides: { monolith, service, gateway: side(4, 900) },
    waits: { p50Ms: 1, p99Ms: 2 },
    fallbacks: 1,
    heldBack: { written: 2, stale: 0, 'cut-off': 0, waited: 1, absent: 3 },
  };
  return {
    endpoint: 'GET /things/{id}',
    capability: 'things',
    kind: 'read',
    flag: 'things.get',
    stickiness: 'random',
    wanted: { percent, by: 'compiled', stickiness: 'random', reason: null },
    recent: figures,
    lately: { seconds: 60, monolith: 3, service: 1 },
    sinceStart: figures,
  };
}

function gateway(name: string, contactedAt: string | null, ...endpoints: EndpointStatus[]): GatewayStatus {
  return {
    gateway: name,
    version: '0.1.0',
    url: 'http://127.0.0.1:8080',
    startedAt: '2026-01-01T00:00:00.000Z',
    ready: true,
    flags: { source: 'unleash', revision: 1, changedAt: null, contactedAt, ageMs: 10 },
    nats: 'connected',
    capabilities: [
      {
        capability: 'things',
        monolithReplica: null,
        owners: null,
        monolithLeaves: false,
        parked: 0,
        replica: {
          state: name === 'b' ? 'stale' : 'fresh',
          lagMs: name === 'b' ? 40 : 7,
          keysHeld: 1,
          allKeysHeld: false,
        },
        upstreams: {
          monolith: null,
          service: {
            breaker: name === 'b' ? 'half-open' : 'closed',
            inFlight: 2,
            queued: 1,
            instances: [{ url: 'http://127.0.0.1:1', from: 'discovery', inFlight: 2, ejected: name === 'b' }],
          },
        },
      },
    ],
    endpoints,
  };
}

const earlier = '2026-01-01T00:00:01.000Z';
const later = '2026-01-01T00:00:02.000Z';

describe('the statuses of several gateways', () => {
  const merged = mergeStatuses([
    gateway('a', earlier, endpoint(10, side(9, 5), side(9, 4))),
    gateway('b', later, endpoint(20, side(19, 8), side(59, null))),
  ]);
  const [view] = merged.endpoints;

  it('add up to one count of answers and failures', () => {
    expect(view?.sides.monolith).toMatchObject({ answers: 30, failures: 2 });
    expect(view?.sides.service).toMatchObject({ answers: 70, failures: 2 });
    expect(view?.sides.gateway).toMatchObject({ answers: 10, failures: 2 });
    expect(view).toMatchObject({
      requests: 60,
      fallbacks: 2,
      heldBack: { written: 4, stale: 0, 'cut-off': 0, waited: 2, absent: 6 },
    });
  });

  it('observe the share of the service over all answers, not the mean of shares', () => {
    expect(view?.servicePercent).toBe(70);
  });

  it('tell the percentile of the slowest', () => {
    expect(view?.sides.monolith.p99Ms).toBe(8);
    expect(view?.sides.service.p99Ms).toBe(4);
  });

  it('want what the one wants that heard from Unleash last, and the others are behind', () => {
    expect(view).toMatchObject({ wanted: { percent: 20 }, behind: ['a'] });
  });

  it('show the worst state of a capability', () => {
    expect(merged.capabilities[0]).toMatchObject({
      replica: { state: 'stale', lagMs: 40 },
      upstreams: {
        monolith: null,
        service: { breaker: 'half-open', inFlight: 4, queued: 2, instances: 1, ejected: 1 },
      },
    });
  });
});

describe('a status without traffic', () => {
  it('observes no share', () => {
    const nothing = { answers: { '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 }, p50Ms: null, p99Ms: null };
    const merged = mergeStatuses([gateway('a', null, endpoint(10, nothing, nothing))]);
    expect(merged.endpoints[0]).toMatchObject({ servicePercent: null, sides: { service: { p99Ms: null } } });
  });
});
