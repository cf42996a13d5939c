import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { register } from '#platform/discovery/register.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { ownBroker, type OwnServer } from '../../../sidecar/test/support/own-servers.js';
import { testServers } from '../../../tests/support/servers.js';
import { rememberGateway } from '../../control/gateways/gateway-table.js';
import { type KnownGateways, rememberGateways } from '../../control/gateways/known-gateways.js';
import { type AdminAlone, startAdminAlone } from '../../control/test/support/admin-alone.js';
import { operator } from '../../control/test/support/controlled-system.js';
import { deadAddress } from '../../gateway/test/support/upstream.js';
import type { RunningGateway } from '../../gateway/run-gateway.js';
import { type FlippedSystem, startFlippedSystem } from './support/flipped-system.js';
import { type Ran, runCommand } from './support/run-command.js';

const folder = mkdtempSync(join(tmpdir(), 'gateways-test-'));
let broker: OwnServer;
let nats: NatsConnection;
let known: KnownGateways;
let admin: AdminAlone;
let system: FlippedSystem;
let one: RunningGateway;
let other: RunningGateway;

beforeAll(async () => {
  broker = await ownBroker();
  nats = await connectNats('test', broker.url);
  admin = await startAdminAlone((database) => {
    known = rememberGateways(nats, database, createLogger('control-plane', 'silent'));
    return known;
  });
  system = await startFlippedSystem();
  // Neither is registered in NATS: only a control plane that has seen them knows of them.
  [one, other] = [await system.startGateway(), await system.startGateway()];
});

beforeEach(async () => {
  await admin.database.query('DELETE FROM known_gateway');
  await remember(one.adminUrl);
  await remember(other.adminUrl);
});

afterAll(async () => {
  known.close();
  await system.end();
  await admin.end();
  await nats.close();
  await broker.end();
  rmSync(folder, { recursive: true, force: true });
});

const remember = (adminUrl: string) => rememberGateway(admin.database, { gateway: 'a-gateway', adminUrl });

function cli(args: string[], environment: Record<string, string> = {}): Promise<Ran> {
  const { unleashUrl, unleashAdminToken } = testServers();
  return runCommand(args, {
    environment: {
      ...{ UNLEASH_URL: unleashUrl, UNLEASH_ADMIN_TOKEN: unleashAdminToken },
      ...{ CONTROL_URL: admin.url, CONTROL_TOKEN: operator, ...environment },
    },
  });
}

const flip = (percent: number, more: string[] = [], environment: Record<string, string> = {}) =>
  cli(['flip', system.flag, String(percent), '--reason', 'a test', '--timeout', '3', ...more], environment);

describe('the gateways that a control plane remembers', () => {
  it('all have to act on a flip, also those that NATS does not name', async () => {
    const { code, out } = await flip(30);
    expect(out).toContain('2 of 2 gateways act on it');
    expect(code).toBe(0);
  });

  it('are missing where another one is registered at the address of one of them', async () => {
    const metadata = { gateway: 'on-another-machine', adminUrl: one.adminUrl };
    const first = await register(nats, {
      name: 'gateway',
      version: '0.0.0',
      metadata: { ...metadata, gateway: one.id },
    });
    const second = await register(nats, { name: 'gateway', version: '0.0.0', metadata });
    const missing = await flip(35, [], { NATS_URL: broker.url });
    expect(missing).toMatchObject({
      code: 4,
      err: expect.stringContaining('is the address of several gateways'),
    });
    await second.withdraw();
    expect((await flip(36, [], { NATS_URL: broker.url })).code).toBe(0);
    await first.withdraw();
  });

  it('are missing when they have vanished, until they are forgotten', async () => {
    const dead = await deadAddress();
    await remember(dead);
    const missing = await flip(40);
    expect(missing.code).toBe(4);
    expect(missing.out).toContain('2 of 3 gateways act on it');
    expect(missing.err).toContain(`npx strangler gateways forget ${dead}`);
    const { out } = await cli(['gateways', 'list']);
    expect(out).toMatch(new RegExp(`${dead}\\s+no: does not answer`));
    expect(out).toMatch(new RegExp(`${one.adminUrl}\\s+yes`));
    const forgotten = await cli(['gateways', 'forget', `${dead}/status`, '--reason', 'gone', '--by', 'anna']);
    expect(forgotten).toMatchObject({ code: 0, out: expect.stringContaining(`${dead} is forgotten`) });
    expect((await flip(50)).code).toBe(0);
    const [entries] = await admin.database.query(
      'SELECT who, on_behalf_of, action, reason FROM audit_entry ORDER BY id',
    );
    const entry = { who: 'first (admin)', on_behalf_of: 'anna', action: 'forget gateway', reason: 'gone' };
    expect(entries.at(-1)).toEqual(entry);
  });

  it('are not forgotten while they answer, and only those that are known are', async () => {
    const refused = await cli(['gateways', 'forget', one.adminUrl]);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('may serve clients') });
    const unknown = await cli(['gateways', 'forget', await deadAddress()]);
    expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining('gateways list') });
    expect((await cli(['gateways', 'forget', 'one'])).code).toBe(2);
    expect((await known.list()).items).toHaveLength(2);
  });

  it('can not be asked for where no control plane answers: that is said, and the flip made', async () => {
    const { code, out, err } = await flip(60, [], { CONTROL_URL: await deadAddress(), NATS_URL: broker.url });
    expect(err).toContain("The control plane can't be asked which gateways there are");
    expect(err).toContain('there may be gateways that are not shown here');
    expect(out).toContain('0 of 0 gateways');
    expect(code).toBe(4);
  });
});

describe("a gateway's configuration", () => {
  it('says where the gateway is, where nobody else does', async () => {
    const file = join(folder, 'gateway.yaml');
    writeFileSync(
      file,
      stringify({
        monolith: 'http://127.0.0.1:1',
        nats: `nats://${new URL(await deadAddress()).host}`,
        admin: { port: Number(new URL(one.adminUrl).port) },
        flags: { unleash: testServers().unleashUrl, token: testServers().unleashClientToken },
      }),
    );
    const environment = { UNLEASH_ADMIN_TOKEN: testServers().unleashAdminToken };
    const args = ['flip', system.flag, '70', '--reason', 'a test', '--config', file];
    const { code, out, err } = await runCommand(args, { environment });
    expect(out).toContain('1 of 1 gateway acts on it');
    expect(err).toContain("NATS can't be asked which gateways there are");
    expect(code).toBe(0);
    expect((await runCommand(['status', '--config', file], { environment })).out).toContain(system.flag);
  });
});
