import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { growthSubject } from '#contracts/strangler/growth.js';
import { sidecarStatusSubject } from '#contracts/strangler/sidecar-status.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import { answerJson } from '#platform/messaging/exchange-json.js';
import { until } from '../../../tests/support/until.js';
import { testServers } from '../../../tests/support/servers.js';
import { ask } from '../../gateway/test/support/http-client.js';
import { deadAddress } from '../../gateway/test/support/upstream.js';
import type { RunningGateway } from '../../gateway/run-gateway.js';
import { type FlippedSystem, startFlippedSystem } from './support/flipped-system.js';
import { runCommand } from './support/run-command.js';

let system: FlippedSystem;
let gateway: RunningGateway;
let dataDir: string;

beforeAll(async () => {
  system = await startFlippedSystem();
  gateway = await system.startGateway();
  dataDir = mkdtempSync(join(tmpdir(), 'cli-test-'));
});

afterAll(async () => {
  await system.end();
  rmSync(dataDir, { recursive: true });
});

describe('the status', () => {
  it('shows what the flag wants and what the gateways observe', async () => {
    await system.cli([gateway], 'flip', system.flag, '100', '--reason', 'a test');
    for (let count = 0; count < 10; count++) await ask(`${gateway.url}/${system.capability}/some-id`);
    const { code, out } = await system.cli([gateway], 'status');
    expect(code).toBe(0);
    const line = out.split('\n').find((one) => one.startsWith(`GET /${system.capability}/{id}`));
    expect(line).toMatch(/100 % +100 % .* 10 +\d/);
  });

  it('joins what several gateways observe, and as JSON tells each of them, too', async () => {
    const second = await system.startGateway();
    await until('the second gateway knows the flag', () => second.status().flags.source === 'unleash');
    await ask(`${second.url}/${system.capability}/some-id`);
    const { out } = await system.cli([gateway, second], 'status', '--json');
    const status = JSON.parse(out) as {
      gateways: unknown[];
      endpoints: { flag: string; sides: { service: { answers: number } } }[];
    };
    expect(status.gateways).toHaveLength(2);
    const endpoint = status.endpoints.find(({ flag }) => flag === system.flag);
    expect(endpoint?.sides.service.answers).toBe(11);
  });

  it('names a gateway that acts on an older flag', async () => {
    const cutOff = await system.startGateway({ flags: { unleash: await deadAddress(), token: 'none' } });
    await until('the gateway knows the flag', () => gateway.status().flags.source === 'unleash');
    const { out } = await system.cli([gateway, cutOff], 'status');
    expect(out).toContain(`${cutOff.id.slice(-8)} still acts on an older flag than the others`);
  });

  it('names a gateway that does not answer, and shows the others', async () => {
    const dead = await deadAddress();
    const { code, out } = await system.cli([gateway, { ...gateway, adminUrl: dead }], 'status');
    expect(code).toBe(0);
    expect(out).toContain(`the gateway at ${dead} does not answer`);
  });

  it('is shown again and again until it is asked to end', async () => {
    const ending = new AbortController();
    const args = ['status', '--watch', '--interval', '0.2', '--json', '--gateway-admin', gateway.adminUrl];
    const { code, out } = await runCommand(args, {
      signal: ending.signal,
      printed: (lines) => void (lines.length === 2 && ending.abort()),
    });
    expect(code).toBe(0);
    const looks = out.split('\n').map((line) => JSON.parse(line) as { at: string });
    expect(looks.length).toBeGreaterThanOrEqual(2);
    expect(looks[0]?.at).toMatch(/^20.*Z$/);
  });
});

describe('finding the gateways of a data folder', () => {
  const status = (natsUrl: string) => {
    writeFileSync(
      join(dataDir, 'addresses.json'),
      JSON.stringify({ gateway: gateway.url, gatewayAdmin: gateway.adminUrl, nats: natsUrl }),
    );
    return runCommand(['status', '--data-dir', dataDir]);
  };

  it('takes the one that stands in its addresses, and asks NATS for others', async () => {
    const { code, out, err } = await status(testServers().natsUrl);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain(`at ${gateway.url}: ready`);
  });

  it('finds one that is known by its registration only', async () => {
    const registered = await system.startGateway({ nats: testServers().natsUrl });
    await until('the gateway is connected', () => registered.status().nats === 'connected');
    await until('the gateway is found', async () => {
      const { out } = await status(testServers().natsUrl);
      return out.includes(`at ${registered.url}: ready`);
    });
  });

  it('names a store that is near its bound, once, however many instances tell of it', async () => {
    const nats = await connectNats('test', testServers().natsUrl);
    const store = `letters of ${system.capability}`;
    const alarm = `${store}: 85 % of its room is used`;
    const readings = [
      { store, bound: 'bytes', used: 85, limit: 100, alarm },
      { store, bound: 'age', used: 1, limit: 100, alarm: null },
    ];
    const stops = ['one', 'two'].map((program) =>
      answerJson(
        ...([nats, growthSubject, z.unknown()] as const),
        () => Promise.resolve({ program, readings }),
        (error) => void error,
      ),
    );
    const { out } = await status(testServers().natsUrl);
    for (const stop of stops) stop();
    await nats.close();
    expect(out.split('\n').filter((line) => line.includes(store))).toEqual([`! ${alarm}`]);
  });

  it('names an applier and a backfill that wait for a person, and says them to programs, too', async () => {
    const nats = await connectNats('test', testServers().natsUrl);
    const { capability } = system;
    const stopped = {
      program: 'any',
      capture: { state: 'reading' },
      applier: {
        state: 'stopped',
        failure: { code: 'two_owners', message: 'the other side has written rows.' },
        backfill: { capability, side: 'service', complete: false, problem: 'a row is too large', tables: [] },
      },
    };
    const stop = answerJson(
      ...([nats, sidecarStatusSubject(capability, 'service'), z.unknown()] as const),
      () => Promise.resolve(stopped),
      (error) => void error,
    );
    const { out } = await status(testServers().natsUrl);
    const json = await runCommand(['status', '--json', '--data-dir', dataDir]);
    stop();
    await nats.close();
    const lines = [
      `the backfill of ${capability} on the service can't go on: a row is too large; "npx strangler data repair ${capability}" says what to do`,
      `changes of ${capability} don't arrive on the service, whose applier is stopped (two_owners): the other side has written rows; ` +
        `"npx strangler data repair ${capability}" says what to do`,
    ];
    expect(out.split('\n').filter((line) => line.includes('data repair'))).toEqual(
      lines.map((line) => `! ${line}`),
    );
    const { concerns } = JSON.parse(json.out) as { concerns: string[] };
    expect(concerns.filter((line) => line.includes('data repair'))).toEqual(lines);
  });

  it('goes on without NATS, and says so', async () => {
    const dead = (await deadAddress()).replace('http', 'nats');
    const { code, out, err } = await status(dead);
    expect(code).toBe(0);
    expect(out).toContain(`at ${gateway.url}: ready`);
    expect(err).toContain("NATS can't be asked which gateways there are");
  });
});

describe('the status without a system', () => {
  it('says how to start one', async () => {
    const { code, err } = await runCommand(['status', '--data-dir', join(dataDir, 'nothing-here')]);
    expect(code).toBe(3);
    expect(err).toContain('start one with "npm start"');
  });
});

describe('the flags', () => {
  it('are listed as they stand in Unleash, with their reasons', async () => {
    await system.cli([gateway], 'flip', system.flag, '35', '--reason', 'half way', '--by', 'anna');
    const { out } = await system.cli([gateway], 'flags', 'list');
    expect(out).toMatch(
      new RegExp(`${system.flag} +GET /${system.capability}/\\{id\\} +35 % +random +half way \\(anna\\)`),
    );
  });

  it('are created where they are missing, with a share of 0, and else stay as they are', async () => {
    const config = join(dataDir, 'gateway.yaml');
    writeFileSync(
      config,
      `
monolith: http://127.0.0.1:1
capabilities: { ${system.capability}: { service: http://127.0.0.1:2, consistency: none } }
endpoints:
  - { endpoint: 'GET /${system.capability}/{id}', capability: ${system.capability}, verb: get }
  - { endpoint: 'GET /${system.capability}', capability: ${system.capability}, verb: list, stickiness: userId }
  - { endpoint: 'GET /other', capability: other, verb: list }
`,
    );
    await system.cli([gateway], 'flip', system.flag, '35', '--reason', 'half way');
    const first = await system.cli([], 'flags', 'ensure', '--config', config);
    expect(first).toMatchObject({ code: 0, out: `created ${system.capability}.list; 1 existed already` });
    const second = await system.cli([], 'flags', 'ensure', '--config', config);
    expect(second).toMatchObject({ code: 0, out: 'all 2 flags exist' });
    const { body } = await system.unleash('GET', `projects/default/features/${system.capability}.list`);
    expect(body).toMatchObject({
      type: 'operational',
      environments: expect.arrayContaining([
        expect.objectContaining({
          name: 'development',
          enabled: true,
          strategies: [
            expect.objectContaining({
              parameters: expect.objectContaining({ rollout: '0', stickiness: 'userId' }),
            }),
          ],
        }),
      ]),
    });
    expect((await inUnleash(system.flag)).rollout).toBe('35');
  });
});

async function inUnleash(flag: string): Promise<{ rollout: string }> {
  const { body } = await system.unleash(
    'GET',
    `projects/default/features/${flag}/environments/development/strategies`,
  );
  return (body as { parameters: { rollout: string } }[])[0]?.parameters ?? { rollout: 'none' };
}
