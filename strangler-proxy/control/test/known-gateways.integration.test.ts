import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { register } from '#platform/discovery/register.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { controlMigrations } from '../../../migrations/schema/control/index.js';
import { ownBroker, type OwnServer } from '../../../sidecar/test/support/own-servers.js';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import { sayGoodbye } from '../../gateway/say-goodbye.js';
import { gatewaysForTest } from '../../gateway/test/support/gateways.js';
import { startUpstream, type Upstream } from '../../gateway/test/support/upstream.js';
import { type KnownGateways, rememberGateways } from '../gateways/known-gateways.js';
import { removeGateway } from '../gateways/gateway-table.js';
import { readsAtMonolith } from '../complete/read-shares.js';

const logger = createLogger('control-plane', 'silent');
let broker: OwnServer;
let nats: NatsConnection;
let schema: TestDatabase;
let database: Sequelize;
let known: KnownGateways;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  broker = await ownBroker();
  nats = await connectNats('test', broker.url);
  schema = await createTestDatabase('control');
  database = connectDatabase(schema.url, 4);
  await migrateSchema(database, controlMigrations, logger);
});

beforeEach(async () => {
  await database.query('DELETE FROM known_gateway');
  known = rememberGateways(nats, database, logger);
});

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  known.close();
});

afterAll(async () => {
  await nats.close();
  await broker.end();
  await database.close();
  await schema.drop();
});

interface TestGateway {
  self: { gateway: string; adminUrl: string };
  program: Upstream;
  withdraw(): Promise<void>;
}

/** A gateway whose flag sends so many percent of the stock's reads to the service; null where it does not answer. */
async function gateway(percent: number | null, adminUrl?: string): Promise<TestGateway> {
  const endpoint = { capability: 'stock', endpoint: 'GET /stock', flag: 'stock.list', wanted: { percent } };
  const program = await startUpstream(
    (_request, response) =>
      void (percent !== null && response.end(JSON.stringify({ endpoints: [endpoint] }))),
  );
  const self = { gateway: randomUUID(), adminUrl: adminUrl ?? program.url };
  const { withdraw } = await register(nats, { name: 'gateway', version: '0.0.0', metadata: self });
  ends.push(withdraw, () => program.kill());
  return { self, program, withdraw };
}

const reads = () => readsAtMonolith(known, 'stock');
const addresses = async () => (await known.list()).items.map(({ adminUrl }) => adminUrl);
const atMonolith = [{ endpoint: 'GET /stock', flag: 'stock.list', percent: 30 }];

describe('what the gateways still send to the monolith', () => {
  it('is known of no gateway where there is none', async () => {
    await expect(reads()).rejects.toThrow('no gateway is known');
  });

  it('counts a gateway that NATS does not name any more, as long as it serves', async () => {
    await gateway(100);
    const other = await gateway(30);
    expect(await reads()).toEqual(atMonolith);
    await other.withdraw();
    expect(await reads()).toEqual(atMonolith);
  });

  it('is not known where one does not answer, whether NATS names it or not', async () => {
    await gateway(100);
    const { withdraw } = await gateway(null);
    await expect(reads()).rejects.toThrow('does not say what its flags want');
    await withdraw();
    await expect(reads()).rejects.toThrow('does not say what its flags want');
  });

  it('is not known where one has vanished, until it is back, or says good-bye, or a person forgets it', async () => {
    await gateway(100);
    const vanished = await gateway(100);
    expect(await reads()).toEqual([]);
    await vanished.withdraw();
    await vanished.program.kill();
    await expect(reads()).rejects.toThrow(`npx strangler gateways forget ${vanished.program.url}`);
    const back = await startUpstream(
      (_request, response) => void response.end('{"endpoints":[]}'),
      portOf(vanished),
    );
    expect(await reads()).toEqual([]);
    await back.kill();
    await expect(reads()).rejects.toThrow('does not say');
    await removeGateway(database, vanished.self);
    expect(await reads()).toEqual([]);
  });

  it('is not known where another gateway is registered at the same address, or at none', async () => {
    const one = await gateway(100);
    const other = await gateway(30, `${one.self.adminUrl}/`);
    await expect(reads()).rejects.toThrow(`several gateways say that they are at ${one.self.adminUrl}`);
    const { version } = await known.list();
    expect((await known.list()).version).toBe(version);
    await other.withdraw();
    expect(await reads()).toEqual([]);
    const odd = await gateway(30, 'unix:/run/gateway');
    await expect(reads()).rejects.toThrow('where nobody can ask it: "unix:/run/gateway"');
    await odd.withdraw();
    expect(await reads()).toEqual([]);
  });

  it('is asked of those that an earlier control plane knew', async () => {
    const vanished = await gateway(100);
    expect(await reads()).toEqual([]);
    known.close();
    await vanished.withdraw();
    await vanished.program.kill();
    known = rememberGateways(nats, database, logger);
    await expect(reads()).rejects.toThrow('does not say');
    expect(await addresses()).toEqual([vanished.program.url]);
  });
});

describe('a gateway that ends', () => {
  it('is forgotten by its good-bye, also while a look still finds it; its successor at the same address is not', async () => {
    const { self } = await gateway(100);
    expect(await addresses()).toEqual([self.adminUrl]);
    await sayGoodbye(nats, { ...self, gateway: 'an earlier one' });
    expect(await addresses()).toEqual([self.adminUrl]);
    await sayGoodbye(nats, self);
    expect(await addresses()).toEqual([]);
  });

  it('says good-bye by itself', async () => {
    const program = await startUpstream((_request, response) => void response.end());
    const gateways = gatewaysForTest();
    const { adminUrl } = await gateways.start({ monolith: program.url, nats: broker.url });
    await until('it is known', async () => (await addresses()).includes(adminUrl));
    expect(await known.isThere(adminUrl)).toBe(true);
    await gateways.end();
    expect(await addresses()).toEqual([]);
    expect(await known.isThere(adminUrl)).toBe(false);
    await program.kill();
  });

  it('needs no control plane that hears it', async () => {
    known.close();
    const program = await startUpstream((_request, response) => void response.end());
    const gateways = gatewaysForTest();
    await gateways.start({ monolith: program.url, nats: broker.url });
    await gateways.end();
    await program.kill();
    expect(program.requests()).toBe(0);
  });
});

function portOf({ program }: TestGateway): number {
  return Number(new URL(program.url).port);
}
