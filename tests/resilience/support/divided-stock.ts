import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Side } from '#contracts/strangler/move.js';
import { bucketCount } from '#contracts/strangler/ownership.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { inventory } from '../../../migrations/moves/inventory.js';
import { askOwners } from '../../../sidecar/test/support/ask-owners.js';
import { ownBroker } from '../../../sidecar/test/support/own-servers.js';
import { createTestDatabase } from '../../support/servers.js';
import { type RunningProgram, startProgram } from '../../support/start-program.js';
import { until } from '../../support/until.js';
import { wideGatewayConfig } from '../../support/wide-limits.js';
import { type KillableGateway, startKillableGateway } from './killable-gateway.js';

/** Monolith and inventory service with real sidecars, each a process; each side owns half of the stock. */
export interface DividedStock {
  programs: Record<Side, RunningProgram>;
  sidecars: Record<Side, RunningProgram>;
  /** Six products of which this side owns the stock. */
  productsOf: Record<Side, readonly string[]>;
  /** Hands everything to the service, and half of it back: so each side has released what the other one owns. */
  divide(): Promise<void>;
  /** A gateway of this system. @param state its folder; a new one is empty */
  startGateway(state: string, more?: Record<string, unknown>): Promise<KillableGateway>;
  newFolder(): string;
  end(): Promise<void>;
}

const sides = ['monolith', 'service'] as const;
const all = Array.from({ length: bucketCount }, (_, index) => index + 1);
const halves = { service: all.slice(0, bucketCount / 2), monolith: all.slice(bucketCount / 2) };
const program = (path: string) => new URL(`../../../${path}/main.ts`, import.meta.url);

export async function startDividedStock(): Promise<DividedStock> {
  const broker = await ownBroker();
  const nats = await connectNats('test', broker.url);
  const schemas = { monolith: await createTestDatabase('shop'), service: await createTestDatabase('stock') };
  const folders: string[] = [];
  const gateways: KillableGateway[] = [];
  const start = (side: Side) =>
    startProgram(program(side === 'monolith' ? 'legacy-monolith' : 'extracted/inventory'), {
      MYSQL_URL: schemas[side].url,
      MYSQL_POOL: '8',
      NATS_URL: broker.url,
    });
  const programs = { monolith: await start('monolith'), service: await start('service') };
  const beside = (side: Side) =>
    startProgram(program('sidecar'), {
      MYSQL_URL: schemas[side].url,
      NATS_URL: broker.url,
      SIDECAR_SIDE: side,
      SIDECAR_MOVES: 'inventory',
      PROGRAM_NAME: side === 'monolith' ? 'monolith' : 'inventory',
      PROGRAM_URL: programs[side].url,
    });
  const sidecars = { monolith: await beside('monolith'), service: await beside('service') };
  const owners = askOwners({ nats, move: inventory });
  for (const side of sides)
    await until(`the replica of the ${side} is filled`, async () => (await owners.answer(side)).filled);

  const productsIn = (buckets: readonly number[]) =>
    Array.from({ length: 200 }, (_, n) => `p${n}`)
      .filter((product) => buckets.includes(bucketOfKey('inventory', product)))
      .slice(0, 6);
  const newFolder = () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-state-'));
    folders.push(folder);
    return folder;
  };

  return {
    programs,
    sidecars,
    productsOf: { service: productsIn(halves.service), monolith: productsIn(halves.monolith) },
    async divide() {
      await owners.handOver('monolith', all);
      await owners.handOver('service', halves.monolith);
    },
    newFolder,
    async startGateway(state, more = {}) {
      const gateway = await startKillableGateway(newFolder(), {
        ...wideGatewayConfig([]),
        monolith: programs.monolith.url,
        nats: broker.url,
        state,
        capabilities: {
          inventory: { title: 'Inventory', service: programs.service.url, timeouts: { answer: '60s' } },
        },
        endpoints: [
          { endpoint: 'PUT /products/{productId}' },
          { endpoint: 'GET /inventory', capability: 'inventory', verb: 'list' },
          {
            endpoint: 'GET /inventory/{productId}',
            capability: 'inventory',
            verb: 'get',
            key: 'path.productId',
          },
          { endpoint: 'PUT /inventory/{productId}', capability: 'inventory', key: 'path.productId' },
        ],
        ...more,
      });
      gateways.push(gateway);
      return gateway;
    },
    async end() {
      await Promise.all(gateways.map((gateway) => gateway.kill()));
      await Promise.all(sides.map((side) => sidecars[side].kill()));
      await Promise.all(sides.map((side) => programs[side].kill()));
      await nats.close();
      await broker.end();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
      await Promise.all(sides.map((side) => schemas[side].drop()));
    },
  };
}
