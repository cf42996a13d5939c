import { describe, expect, it } from '@jest/globals';
import type { CompletionLook } from '#contracts/strangler/completion.js';
import type { CapabilityView } from './merge-capability.js';
import type { EndpointView } from './merge-endpoint.js';
import { monolithShare } from './monolith-share.js';
import { monolithText } from './monolith-text.js';
import picocolors from 'picocolors';

const endpoint = (
  name: string,
  capability: string | null,
  kind: 'read' | 'write',
  percent: number | null,
  answers: [monolith: number, service: number],
): EndpointView =>
  ({
    ...{ endpoint: name, capability, kind },
    flag: percent === null ? null : `${capability}.flag`,
    wanted: { percent: percent ?? 0, by: 'compiled', stickiness: null, reason: null },
    lately: { seconds: 300, monolith: answers[0], service: answers[1] },
  }) as EndpointView;

const capability = (
  name: string,
  service: number | null,
  more: { heard?: boolean; monolithLeaves?: boolean } = {},
): CapabilityView =>
  ({
    capability: name,
    owners:
      service === null ? null : { monolith: 100 - service, service, nobody: 0, heard: more.heard ?? true },
    monolithLeaves: more.monolithLeaves ?? false,
    upstreams: { monolith: {}, service: service === null ? null : {} },
  }) as CapabilityView;

const merged = (...capabilities: CapabilityView[]) => ({
  capabilities,
  endpoints: [
    endpoint('GET /goods', 'goods', 'read', null, [30, 0]),
    endpoint('GET /stock', 'stock', 'read', 100, [0, 50]),
    endpoint('PUT /stock', 'stock', 'write', null, [0, 20]),
    endpoint('*', null, 'read', null, [0, 0]),
  ],
});

const tables = (...states: string[]) =>
  new Map([
    [
      'stock',
      {
        completion: { state: 'completed' },
        monolith: { tables: states.map((state, at) => ({ table: `t${at}`, state })) },
      } as CompletionLook,
    ],
  ]);

describe('how much of the monolith is alive', () => {
  it('counts what it answers and owns, and its part of the traffic', () => {
    const share = monolithShare(
      merged(capability('goods', null), capability('stock', 100, { monolithLeaves: true })),
      tables('archived', 'gone'),
    );
    expect(share).toMatchObject({
      endpoints: { total: 3, monolith: 1 },
      owned: { total: 2, monolith: 1 },
      trafficPercent: 30,
    });
    expect(share.capabilities[1]).toMatchObject({
      tables: { alive: 0, retired: 2 },
      reads: { monolith: 0, service: 50 },
      writes: { monolith: 0, service: 20 },
    });
    const text = monolithText(share, picocolors.createColors(false));
    expect(text).toContain(
      'the monolith still answers 1 of 3 endpoints, owns 1 of 2 capabilities, 30 % of the traffic of the last 300 s',
    );
  });

  it.each([
    ['one bucket', 99, 2],
    ['no bucket', 100, 1],
  ])('counts a write as the monolith’s while that owns %s', (_what, service, expected) => {
    const share = monolithShare(merged(capability('goods', null), capability('stock', service)), undefined);
    expect(share.endpoints.monolith).toBe(expected);
  });

  it('says unknown where a source does not answer', () => {
    const unheard = capability('stock', 100, { heard: false });
    const share = monolithShare(merged(capability('goods', null), unheard), undefined);
    expect(share.owned.monolith).toBeNull();
    expect(share.capabilities[1]).toMatchObject({ buckets: null, tables: null });
    expect(monolithText(share, picocolors.createColors(false))).toMatch(
      /stock .*unknown .*unknown[\s\S]*owns an unknown number of 2/,
    );
  });
});
