import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCliConfig } from '../../strangler-proxy/cli/system/config.js';
import { locateSystem } from '../../strangler-proxy/cli/system/locate-system.js';
import { makeComposeSecrets } from './compose-file/compose-secrets.js';
import { isOneShot, readComposeFile, startedServices } from './compose-file/read-compose-file.js';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const file = readComposeFile(text);
const { services } = file;
const ours = Object.entries(services).filter(([, { image }]) => image === 'strangler');

const named = (name: string) => {
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
};

describe('docker-compose.yml', () => {
  it('builds the image once, and looks for it nowhere else', () => {
    const building = ours.filter(([, { build }]) => build !== undefined);
    expect(building.map(([name, { pull_policy }]) => [name, pull_policy])).toEqual([['databases', 'build']]);
    const using = ours.filter(([, { build }]) => build === undefined);
    expect(using.filter(([, { pull_policy }]) => pull_policy !== 'never')).toEqual([]);
  });

  it('checks the health of all that keeps running: often at the start, seldom afterwards, without starting Node', () => {
    const checks = startedServices(file)
      .filter(([, service]) => !isOneShot(service))
      .map(([name, { healthcheck }]) => ({ name, ...healthcheck }));
    const times = { interval: '15s', start_interval: '2s', start_period: '120s', retries: 4 };
    for (const check of checks) expect(check).toMatchObject(times);
    expect(checks.filter(({ test }) => test?.includes('node'))).toEqual([]);
  });

  it('says where the instances of each service may be, to all that send requests to them', () => {
    const asking = ours.filter(([, { command }]) => /\b(gateway|control)\/main.js\b/.test(String(command)));
    expect(asking.map(([name]) => name).sort()).toEqual(['control-plane', 'gateway']);
    const capabilities = ['inventory', 'notifications', 'orders', 'payments'];
    for (const [, { environment }] of asking)
      for (const capability of capabilities)
        expect(environment?.[`${capability.toUpperCase()}_HOSTS`]).toBe(capability);
  });

  it('limits the memory of every container', () => {
    const limits = Object.entries(services).map(([name, { mem_limit }]) => [name, mem_limit]);
    expect(limits.filter(([, limit]) => limit === undefined)).toEqual([]);
  });

  it('lets a service wait for each one that ends, so that "docker compose up --wait" succeeds', () => {
    const oneShots = startedServices(file).filter(([, service]) => isOneShot(service));
    const awaited = Object.values(services).flatMap(({ depends_on }) =>
      Object.entries(depends_on)
        .filter(([, { condition }]) => condition === 'service_completed_successfully')
        .map(([name]) => name),
    );
    expect(oneShots.map(([name]) => name)).toEqual(['databases', 'flags', 'sample-catalogue']);
    expect(oneShots.filter(([name]) => !awaited.includes(name))).toEqual([]);
  });

  it('keeps what is stored over a restart: data, mails and last known flags', () => {
    const kept = Object.entries(services).flatMap(([name, { volumes }]) =>
      volumes.filter((volume) => !volume.startsWith('.')).map((volume) => `${name} ${volume}`),
    );
    expect(kept).toEqual([
      'mysql mysql:/var/lib/mysql',
      'nats nats:/data',
      'unleash-db unleash:/var/lib/postgresql/data',
      'mail mail:/state',
      'gateway gateway:/state',
    ]);
  });

  it('runs the versions of Unleash and of the mail server that package.json has', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(named('unleash').image).toBe(`unleashorg/unleash-server:${dependencies['unleash-server']}`);
    expect(named('mail').image).toBe('strangler');
    expect(existsSync(join(root, named('mail').command.at(-2) ?? 'none'))).toBe(true);
  });

  it('keeps other web pages from the page of the mail server', () => {
    const { NODE_OPTIONS: options = '' } = named('mail').environment;
    const [, guard = ''] = /^--import=\/app\/dist\/(.+)\.js$/.exec(options) ?? [];
    expect(existsSync(join(root, `${guard}.ts`))).toBe(true);
  });

  it('gives the command line all that it can be told about where the system is', () => {
    const filledIn = readComposeFile(text, makeComposeSecrets());
    const { environment } = filledIn.services['cli'] ?? named('cli');
    const token = expect.stringMatching(/[0-9a-f]{48}$/);
    expect(locateSystem({}, readCliConfig(environment))).toMatchObject({
      gateway: 'http://gateway:8080',
      natsUrl: expect.stringMatching(/^nats:\/\/operator:\w+@nats:4222$/),
      unleash: { url: 'http://unleash:4242', token },
      control: { url: 'http://control-plane:8081', token },
    });
    expect(environment['SHOP_MYSQL_URL']).toBe(filledIn.services['monolith']?.environment['MYSQL_URL']);
  });
});

describe('the Dockerfile', () => {
  const lines = readFileSync(join(root, 'Dockerfile'), 'utf8').split('\n');

  it('sets the modes of all that it copies, so that a strict umask shuts nobody out', () => {
    const copies = lines.filter((line) => line.startsWith('COPY '));
    expect(copies.length).toBeGreaterThan(5);
    expect(copies.filter((line) => !line.startsWith('COPY --chmod=755 '))).toEqual([]);
  });

  it('runs the programs as a user without rights', () => {
    expect(lines.filter((line) => line.startsWith('USER '))).toEqual(['USER node']);
  });
});
