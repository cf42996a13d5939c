import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { identifyFolder } from '#platform/supervision/folder-identity.js';
import { readCliConfig } from './config.js';
import { locateSystem } from './locate-system.js';

let dataDir: string;

beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'locate-test-'));
  const addresses = {
    gateway: 'http://127.0.0.1:8080',
    gatewayAdmin: 'http://127.0.0.1:8090',
    unleash: 'http://127.0.0.1:4242',
    nats: 'nats://127.0.0.1:4222',
    mysql: 'mysql://127.0.0.1:3307',
  };
  const secrets = { 'unleash.adminToken': 'abc', 'nats.operator': 'p@ss', 'mysql.monolith': 'word' };
  writeFileSync(join(dataDir, 'addresses.json'), JSON.stringify(addresses));
  writeFileSync(join(dataDir, 'secrets.json'), JSON.stringify(secrets));
});

afterAll(() => rmSync(dataDir, { recursive: true }));

describe('locating a system', () => {
  it('takes addresses and secrets from the data folder', () => {
    const places = locateSystem({ dataDir }, readCliConfig({}));
    expect(places).toMatchObject({
      found: true,
      gateway: 'http://127.0.0.1:8080',
      unleash: { url: 'http://127.0.0.1:4242', token: '*:*.abc' },
      natsUrl: 'nats://operator:p%40ss@127.0.0.1:4222',
      gatewayAdmins: ['http://127.0.0.1:8090'],
      onlyNamedGateways: false,
    });
    expect(places.databaseUrl('monolith', 'shop')).toBe('mysql://monolith:word@127.0.0.1:3307/shop');
  });

  it('believes the environment more, and options most', () => {
    const config = readCliConfig({
      STRANGLER_DATA_DIR: dataDir,
      UNLEASH_URL: 'http://flags.example',
      UNLEASH_ADMIN_TOKEN: 'mine',
      NATS_URL: 'nats://one:two@nats.example:4222',
    });
    expect(locateSystem({}, config)).toMatchObject({
      unleash: { url: 'http://flags.example', token: 'mine' },
      natsUrl: 'nats://one:two@nats.example:4222',
    });
    const named = locateSystem(
      { unleashUrl: 'http://other.example', gatewayAdmin: ['http://127.0.0.1:9'] },
      config,
    );
    expect(named).toMatchObject({
      unleash: { url: 'http://other.example' },
      gatewayAdmins: ['http://127.0.0.1:9'],
      onlyNamedGateways: true,
    });
  });

  it('asks the gateway that the environment names, and no others, unless an option names some', () => {
    const config = readCliConfig({
      GATEWAY_URL: 'http://gateway.example',
      GATEWAY_ADMIN_URL: 'http://gateway.example:8090',
    });
    expect(locateSystem({ dataDir }, config)).toMatchObject({
      gateway: 'http://gateway.example',
      gatewayAdmins: ['http://gateway.example:8090'],
      onlyNamedGateways: true,
    });
    const gatewayAdmin = ['http://127.0.0.1:9'];
    expect(locateSystem({ dataDir, gatewayAdmin }, config)).toMatchObject({ gatewayAdmins: gatewayAdmin });
  });

  it('finds nothing where no system has ever run', () => {
    const places = locateSystem({ dataDir: join(dataDir, 'none') }, readCliConfig({}));
    expect(places).toMatchObject({ found: false, unleash: undefined, natsUrl: undefined, gatewayAdmins: [] });
    expect(places.databaseUrl('monolith', 'shop')).toBeUndefined();
  });

  it('finds nothing in a copy of the folder of a running system: the addresses lead to the original', () => {
    const [original, copy] = ['locate-original-', 'locate-copy-'].map((name) =>
      mkdtempSync(join(tmpdir(), name)),
    ) as [string, string];
    const addresses = { gateway: 'http://127.0.0.1:8080', folder: identifyFolder(original) };
    for (const folder of [original, copy])
      writeFileSync(join(folder, 'addresses.json'), JSON.stringify(addresses));
    expect(locateSystem({ dataDir: original }, readCliConfig({}))).toMatchObject({ found: true });
    expect(locateSystem({ dataDir: copy }, readCliConfig({}))).toMatchObject({
      found: false,
      gateway: undefined,
    });
    for (const folder of [original, copy]) rmSync(folder, { recursive: true });
  });

  it.each([
    ['addresses.json', '{"gateway": ', 'stop "npm start" and start it again'],
    ['addresses.json', '', 'stop "npm start" and start it again'],
    ['secrets.json', '', 'restore it from a backup'],
  ])('says that %s is damaged when it holds %j, and what to do', (file, content, remedy) => {
    const damaged = mkdtempSync(join(tmpdir(), 'locate-test-'));
    writeFileSync(join(damaged, file), content);
    const locate = () => locateSystem({ dataDir: damaged }, readCliConfig({}));
    expect(locate).toThrow(`${join(damaged, file)} is damaged: ${remedy}`);
    rmSync(damaged, { recursive: true });
  });
});
