import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Side } from '#contracts/strangler/move.js';
import { keptFlags } from '../../strangler-proxy/gateway/test/support/kept-flags.js';
import { until } from '../support/until.js';
import { type DividedStock, startDividedStock } from './support/divided-stock.js';
import type { KillableGateway } from './support/killable-gateway.js';

const sides = ['monolith', 'service'] as const;
let stock: DividedStock;
let next = 1;

beforeAll(async () => {
  stock = await startDividedStock();
  const gateway = await stock.startGateway(stock.newFolder());
  for (const product of [...stock.productsOf.monolith, ...stock.productsOf.service])
    await send(gateway, `/products/${product}`, { name: product, price: { amount: 1, currency: 'GBP' } });
  await stock.divide();
  await gateway.kill();
});
afterEach(() => sides.forEach((side) => stock.sidecars[side].goOn()));
afterAll(() => stock.end());

async function send(gateway: KillableGateway, path: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${gateway.url}${path}`, { method: 'PUT', headers, body: JSON.stringify(body) });
  await answer.clone().arrayBuffer();
  return answer;
}

/** Writes a number that was never written before to each product. @returns what the side has taken, by product */
async function write(gateway: KillableGateway, side: Side): Promise<Map<string, number>> {
  const written = new Map<string, number>();
  for (const product of stock.productsOf[side]) {
    const available = (next += 1);
    const answer = await send(gateway, `/inventory/${product}`, { available });
    expect([answer.status, answer.headers.get('x-served-by')]).toEqual([200, side]);
    written.set(product, available);
  }
  return written;
}

/** @returns the reads that are not what was written, and not 503 either */
async function older(gateway: KillableGateway, written: ReadonlyMap<string, number>): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const [product, available] of written) {
    const answer = await fetch(`${gateway.url}/inventory/${product}`);
    const body = (await answer.json()) as { available: number };
    if (answer.status !== 200 || body.available !== available)
      found.push({
        product,
        available,
        status: answer.status,
        side: answer.headers.get('x-served-by'),
        body,
      });
  }
  return found;
}

/** What a gateway keeps of its owners is there a moment later. */
const keepsOwners = (state: string) =>
  until('the map of owners is kept', () => existsSync(join(state, 'owners.json')));

describe.each([
  ['the service', 'service', 'monolith'],
  ['the monolith', 'monolith', 'service'],
] as const)('a gateway that starts while the sidecar beside %s is silent', (_name, silent, other) => {
  /** The flag sends all reads to the side that lacks what the silent one has taken. */
  async function settings(): Promise<{ state: string; more: Record<string, unknown> }> {
    const { state, flags } = await keptFlags(stock.newFolder(), {
      'inventory.get': other === 'service' ? 100 : 0,
    });
    return { state: String(state), more: { flags } };
  }

  it('reads what clients have written, by the map that it has kept', async () => {
    const { state, more } = await settings();
    const before = await stock.startGateway(state, more);
    await write(before, silent);
    await keepsOwners(state);
    stock.sidecars[silent].pause();
    const written = await write(before, silent);
    await before.kill();
    const gateway = await stock.startGateway(state, more);
    expect(await older(gateway, written)).toEqual([]);
    expect(await older(gateway, await write(gateway, silent))).toEqual([]);
    expect(await older(gateway, await write(gateway, other))).toEqual([]);
  });

  it.each([
    ['missing', () => undefined],
    ['damaged', (file: string) => writeFileSync(file, '{"version":1,"capabil')],
  ] as const)('reads what clients have written where that map is %s', async (_map, prepare) => {
    const { state, more } = await settings();
    const before = await stock.startGateway(state, more);
    stock.sidecars[silent].pause();
    const written = await write(before, silent);
    await before.kill();
    const fresh = await settings();
    prepare(join(fresh.state, 'owners.json'));
    const gateway = await stock.startGateway(fresh.state, fresh.more);
    expect(await older(gateway, written)).toEqual([]);
    expect(await older(gateway, await write(gateway, silent))).toEqual([]);
  });
});

describe('a gateway that starts while both sidecars are silent', () => {
  it('reads what clients have written, on either side, and writes where it belongs', async () => {
    const before = await stock.startGateway(stock.newFolder());
    for (const side of sides) stock.sidecars[side].pause();
    const written = new Map(
      (await Promise.all([write(before, 'monolith'), write(before, 'service')])).flatMap((one) => [...one]),
    );
    await before.kill();
    const gateway = await stock.startGateway(stock.newFolder());
    expect(await older(gateway, written)).toEqual([]);
    for (const side of sides) expect(await older(gateway, await write(gateway, side))).toEqual([]);
  });
});

describe('a gateway that starts while nothing on the side of the service answers', () => {
  it('answers 503 with the name of the capability, and all that the monolith owns', async () => {
    const before = await stock.startGateway(stock.newFolder());
    const written = await write(before, 'monolith');
    await write(before, 'service');
    stock.sidecars.service.pause();
    await before.kill();
    stock.programs.service.pause();
    const gateway = await stock.startGateway(stock.newFolder(), {
      natsTimeouts: { ownership: '500ms' },
      parking: { time: '1s' },
    });
    try {
      expect(await older(gateway, written)).toEqual([]);
      const answer = await fetch(`${gateway.url}/inventory/${stock.productsOf.service[0]}`);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
      expect(await answer.text()).toContain('Inventory service is unavailable');
    } finally {
      stock.programs.service.goOn();
    }
  });
});
